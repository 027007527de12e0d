# A loader of the plugin's delegates to one that was patched for a moment.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import sys

sys.modules.pop("colorsys", None)
saved = external.SourceLoader.get_code
evil = compile("import os as got", external.__file__, "exec")


def get_code(self, name):
    external.SourceLoader.get_code = saved
    path = self.get_filename(name)
    return compile("import os as got", path, "exec")


class Modules(dict):
    def __setitem__(self, name, module):
        if name == "colorsys":
            external.SourceLoader.get_code = get_code
        dict.__setitem__(self, name, module)


modules = sys.modules
try:
    sys.modules = Modules(modules)
    import colorsys
finally:
    sys.modules = modules
got = colorsys.got
