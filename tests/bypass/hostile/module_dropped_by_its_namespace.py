# A key of a module's namespace drops the module while it is looked at.
# SPDX-License-Identifier: Apache-2.0
import gc
import sys
import types


class Key(str):
    name = None

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        sys.modules.pop("victim", None)
        gc.collect()
        return False


for name in ("__spec__", "__name__", "__path__", "x"):
    Key.name = name
    module = types.ModuleType("victim")
    module.__dict__.pop(name, None)
    module.__dict__[Key("k")] = 1
    sys.modules["victim"] = module
    del module
    for source in ("import victim", "from victim import x",
                   "import importlib; importlib.import_module('victim')",
                   "import importlib.util; importlib.util.find_spec('victim')"):
        try:
            exec(source)
        except Exception:
            pass
got = 1
