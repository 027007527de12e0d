# A field of a module's spec drops the spec while it is looked at.
# SPDX-License-Identifier: Apache-2.0
import gc
import sys
import types
from importlib.machinery import ModuleSpec

armed = []


class Key(str):
    def __hash__(self):
        return hash("origin")

    def __eq__(self, other):
        if armed:
            armed[0].__dict__["__spec__"] = None
            gc.collect()
        return False


for _ in range(3):
    module = types.ModuleType("victim")
    spec = ModuleSpec("victim", None)
    spec.__dict__.clear()
    spec.__dict__[Key("k")] = 1
    spec.__dict__["origin"] = "x" * 100 + str(id(spec))
    module.__spec__ = spec
    del spec
    sys.modules["victim"] = module
    armed[:] = [module]
    try:
        import victim
    except Exception:
        pass
    del armed[:]
got = 1
