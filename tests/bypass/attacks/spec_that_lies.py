# A finder's spec shows the guard one loader and importlib another.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib.machinery
import sys
import tempfile
from importlib.machinery import PathFinder, SourceFileLoader

true = PathFinder.find_spec("colorsys")
path = tempfile.mkdtemp() + "/colorsys.py"
with open(path, "w") as file:
    file.write("import os as got\n")
evil = SourceFileLoader("colorsys", path)


class ModuleSpec(importlib.machinery.ModuleSpec):
    loader = property(lambda self: evil, lambda self, value: None)
    cached = None


spec = ModuleSpec("colorsys", None, origin=true.origin)
spec.__dict__["loader"] = true.loader
spec.__dict__["_initializing"] = False
spec._set_fileattr = False


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "colorsys":
            return spec


sys.meta_path.insert(0, Finder)
sys.modules.pop("colorsys", None)
import colorsys
got = colorsys.got
