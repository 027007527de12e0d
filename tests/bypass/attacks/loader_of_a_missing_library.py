# A finder of the plugin's knows a module that the standard library names.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib.util
import sys


class Loader:
    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec("import os as got", module.__dict__)


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "_winreg":
            return importlib.util.spec_from_loader(name, Loader())


sys.meta_path.insert(0, Finder)
import _winreg
got = _winreg.got
