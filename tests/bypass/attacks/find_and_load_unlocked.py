# The part of _find_and_load that takes no lock is called.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib._bootstrap

got = importlib._bootstrap._find_and_load_unlocked(
    "socket", importlib._bootstrap._gcd_import)
