# The loader of a library is CPython's, but for one method.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
from importlib.machinery import SourceFileLoader

original = SourceFileLoader.get_code
sys.modules.pop("colorsys", None)
SourceFileLoader.get_code = lambda self, name: compile(
    "import os as got", "x", "exec")
try:
    import colorsys
finally:
    SourceFileLoader.get_code = original
got = colorsys.got
