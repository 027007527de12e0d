# The collector runs at every step of an import, and takes modules away.
# SPDX-License-Identifier: Apache-2.0
import gc
import sys
import types
from importlib.machinery import ModuleSpec

held = []


class Owner:
    def __del__(self):
        sys.modules.pop("victim", None)
        if held:
            held.pop().__spec__ = None


for number in range(300):
    module = types.ModuleType("victim")
    module.__spec__ = ModuleSpec("victim", None, origin="o" * 60 + str(number))
    sys.modules["victim"] = module
    held[:] = [module] if number % 2 else []
    del module
    gc.disable()
    owner = Owner()
    owner.itself = owner
    del owner
    filler = [[] for _ in range(number % 40)]
    gc.set_threshold(number % 60 + 1)
    gc.enable()
    try:
        from victim import x
    except Exception:
        pass
gc.set_threshold(700)
got = 1
