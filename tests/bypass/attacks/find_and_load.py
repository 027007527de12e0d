# importlib's inner _find_and_load is called.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib._bootstrap

got = importlib._bootstrap._find_and_load(
    "socket", importlib._bootstrap._gcd_import)
