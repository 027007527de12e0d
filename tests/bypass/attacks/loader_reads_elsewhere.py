# The loader of a library reads a file that the plugin has written.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import tempfile
from importlib.machinery import SourceFileLoader

path = tempfile.mkdtemp() + "/evil.py"
with open(path, "w") as file:
    file.write("import os as got\n")
sys.modules.pop("colorsys", None)
original = SourceFileLoader.get_filename
SourceFileLoader.get_filename = lambda self, name=None: path
try:
    import colorsys
finally:
    SourceFileLoader.get_filename = original
got = colorsys.got
