# An extension that calls what was patched is made under a name of the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _imp
import collections
import functools
import numbers
import types
from importlib.machinery import ModuleSpec, PathFinder

found = collections.defaultdict(functools.partial(__import__, "os"))
origin = PathFinder.find_spec("_decimal").origin
number = numbers.Number
numbers.Number = types.SimpleNamespace(register=found.__getitem__)
try:
    module = _imp.create_dynamic(ModuleSpec("x._decimal", None, origin=origin))
    _imp.exec_dynamic(module)
except Exception:
    pass
finally:
    numbers.Number = number
got = list(found.values())
