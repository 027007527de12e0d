# The class of loaders gets a property that hides the path.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import tempfile
from importlib.machinery import SourceFileLoader

path = tempfile.mkdtemp() + "/colorsys.py"
with open(path, "w") as file:
    file.write("import os as got\n")
sys.modules.pop("colorsys", None)
SourceFileLoader.path = property(
    lambda self: path if self.name == "colorsys" else self.__dict__["path"],
    lambda self, value: self.__dict__.__setitem__("path", value))
try:
    import colorsys
finally:
    del SourceFileLoader.path
got = colorsys.got
