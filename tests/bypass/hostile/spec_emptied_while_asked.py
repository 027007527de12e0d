# A spec empties itself while it is asked for its name.
# SPDX-License-Identifier: Apache-2.0
import gc
import sys


class ModuleSpec:
    @property
    def name(self):
        self.__dict__.clear()
        gc.collect()
        return "harmless"


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "harmless":
            spec = ModuleSpec()
            spec.__dict__["origin"] = "x" * 100 + str(id(spec))
            spec.__dict__["loader"] = type("Loader", (), {})()
            return spec


sys.meta_path.append(Finder)
try:
    import harmless
except Exception:
    pass
got = 1
