# A finder gives an extension another name, and it calls what was patched.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import numbers
import sys
import types
from importlib.machinery import ExtensionFileLoader, ModuleSpec, PathFinder

found = collections.defaultdict(functools.partial(__import__, "os"))
origin = PathFinder.find_spec("_decimal").origin


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "harmless":
            spec = ModuleSpec(name, None, is_package=True)
            spec.loader = types.SimpleNamespace(
                create_module=lambda spec: None, exec_module=lambda spec: None)
            return spec
        if name == "harmless._decimal":
            return ModuleSpec(name, ExtensionFileLoader(name, origin),
                              origin=origin)


sys.meta_path.insert(0, Finder)
number = numbers.Number
numbers.Number = types.SimpleNamespace(register=found.__getitem__)
try:
    import harmless._decimal
except Exception:
    pass
finally:
    numbers.Number = number
got = list(found.values())
