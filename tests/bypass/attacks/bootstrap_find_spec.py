# importlib's inner _find_spec is called, and what it found is loaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib._bootstrap

spec = importlib._bootstrap._find_spec("socket", None)
got = importlib._bootstrap._load_unlocked(spec)
