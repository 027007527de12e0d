# importlib's inner _gcd_import is called.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib._bootstrap

got = importlib._bootstrap._gcd_import("os")
