# importlib's class of loaders is replaced by one of the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import sys
from importlib.machinery import PathFinder
from importlib.util import spec_from_loader

true = PathFinder.find_spec("colorsys")


class SourceFileLoader(external.SourceFileLoader):
    def get_code(self, name):
        return compile("import os as got", "x", "exec")


external.SourceFileLoader = SourceFileLoader


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "colorsys":
            return spec_from_loader(
                name, SourceFileLoader(name, true.origin))


sys.meta_path.insert(0, Finder)
sys.modules.pop("colorsys", None)
import colorsys
got = colorsys.got
