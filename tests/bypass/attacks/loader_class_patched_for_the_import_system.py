# The plugin's string becomes zipimport, whose code is never an importer.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
from importlib.machinery import SourceFileLoader

import json

original = SourceFileLoader.get_code
sys.modules.pop("importlib.util", None)
SourceFileLoader.get_code = lambda self, name: compile(
    "import os as got", "x", "exec")


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "importlib.util":
            from importlib.machinery import ModuleSpec
            return ModuleSpec(name, SourceFileLoader(
                name, json.__file__.rsplit("/", 2)[0] + "/importlib/util.py"))


sys.meta_path.insert(0, Finder)
try:
    import importlib.util
finally:
    SourceFileLoader.get_code = original
got = importlib.util.got
