# A finder blocks names for a while, and another makes them.
# SPDX-License-Identifier: Apache-2.0
import importlib
import importlib.abc
import importlib.machinery
import sys


class Block(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith("blocked_x"):
            raise ImportError("not now", name=name)


class Make(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("blocked_x", "made_x")):
            return importlib.machinery.ModuleSpec(
                name, self, is_package=name.count(".") == 0)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec("import colorsys\nvalue = __name__", module.__dict__)


finders = Block(), Make()
sys.meta_path[0:0] = finders
try:
    import blocked_x
except ImportError as error:
    said = str(error)
sys.meta_path.remove(finders[0])
import blocked_x.inner
import made_x
sys.meta_path.remove(finders[1])
importlib.invalidate_caches()
got = (said, blocked_x.inner.value, made_x.value)
assert got == ("not now", "blocked_x.inner", "made_x")
