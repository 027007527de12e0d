# The path of a loader changes after it was found and before it reads.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import tempfile

path = tempfile.mkdtemp() + "/evil.py"
with open(path, "w") as file:
    file.write("import os as got\n")


class Modules(dict):
    def __setitem__(self, name, module):
        if name == "colorsys":
            module.__spec__.loader.path = path
        dict.__setitem__(self, name, module)


modules = sys.modules
modules.pop("colorsys", None)
try:
    sys.modules = Modules(modules)
    import colorsys
finally:
    sys.modules = modules
got = colorsys.got
