# The function that stands in for _find_and_load knows what it stands for.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib._bootstrap

inner = importlib._bootstrap._find_and_load
inner = getattr(inner, "__self__", None) or inner
got = inner("os", importlib._bootstrap._gcd_import)
