# A loader takes the place of importlib's own while it is looked at.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap as bootstrap
import importlib._bootstrap_external as external
import sys

saved = bootstrap.BuiltinImporter


class Loader:
    @staticmethod
    def create_module(spec):
        bootstrap.BuiltinImporter = saved

    @classmethod
    def get_code(cls, name):
        return compile("import os as got", "x", "exec")

    exec_module = classmethod(external._LoaderBasics.exec_module)


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "colorsys":
            bootstrap.BuiltinImporter = Loader
            return bootstrap.ModuleSpec(name, Loader)


sys.meta_path.insert(0, Finder)
sys.modules.pop("colorsys", None)
import colorsys
got = colorsys.got
