# importlib has an __import__ of its own, in Python.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib
got = importlib.__import__("os")
