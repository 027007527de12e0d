# A loader's function gets other code after it was found, and its own back.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import sys

sys.modules.pop("colorsys", None)


def get_code(self, name):
    SourceLoader.get_code.__code__ = _PLUGIN[0]
    return compile("import os as got", self.get_filename(name), "exec")


external._PLUGIN = [external.SourceLoader.get_code.__code__]


class Modules(dict):
    def __setitem__(self, name, module):
        if name == "colorsys":
            external.SourceLoader.get_code.__code__ = get_code.__code__
        dict.__setitem__(self, name, module)


modules = sys.modules
try:
    sys.modules = Modules(modules)
    import colorsys
finally:
    sys.modules = modules
    del external._PLUGIN
got = colorsys.got
