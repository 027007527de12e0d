# A loader of the plugin's is named as the one that reads zips.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib.abc
import sys
from importlib.machinery import ModuleSpec, PathFinder

archive = "%s/lib/python%d%d.zip" % ((sys.base_prefix,) + sys.version_info[:2])


class zipimporter(importlib.abc.InspectLoader):
    def get_source(self, name):
        return "import os as got"


zipimporter.archive = archive


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "colorsys":
            return ModuleSpec(name, zipimporter(),
                              origin=PathFinder.find_spec(name).origin)


sys.meta_path.insert(0, Finder)
sys.modules.pop("colorsys", None)
import colorsys
got = colorsys.got
