# The function that stands in for _find_spec knows what it stands for.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib._bootstrap

inner = importlib._bootstrap._find_spec
inner = getattr(inner, "__self__", None) or inner
got = importlib._bootstrap._load_unlocked(inner("_socket", None))
