# sys.modules is replaced by a dict that takes one name for another.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib
import sys


class Modules(dict):
    def __getitem__(self, name):
        return dict.__getitem__(self, "os" if name == "json" else name)

    def get(self, name, default=None):
        return dict.get(self, "os" if name == "json" else name, default)


sys.modules = Modules(sys.modules)
got = importlib.import_module("json")
