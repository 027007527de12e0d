# A false importlib.util goes away while the guard looks for its function.
# SPDX-License-Identifier: Apache-2.0
import gc
import sys
import types


class Key(str):
    def __hash__(self):
        return hash("find_spec")

    def __eq__(self, other):
        sys.modules.pop("importlib.util", None)
        gc.collect()
        return False


import importlib.util
kept = sys.modules.pop("importlib.util")
util = types.ModuleType("importlib.util")
util.__dict__[Key("k")] = 1
sys.modules["importlib.util"] = util
del util
try:
    import there_is_no_such_module
except Exception:
    pass
sys.modules["importlib.util"] = kept
got = 1
