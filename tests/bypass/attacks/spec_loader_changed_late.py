# A spec gets another loader after it was found.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
from importlib.machinery import SourceFileLoader


class Loader(SourceFileLoader):
    def get_code(self, name):
        return compile("import os as got", "x", "exec")


class Modules(dict):
    def __setitem__(self, name, module):
        if name == "colorsys":
            spec = module.__spec__
            spec.loader = Loader(name, spec.origin)
        dict.__setitem__(self, name, module)


modules = sys.modules
modules.pop("colorsys", None)
try:
    sys.modules = Modules(modules)
    import colorsys
finally:
    sys.modules = modules
got = colorsys.got
