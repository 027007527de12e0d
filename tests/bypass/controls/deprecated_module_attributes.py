# A module warns of names that have moved, and finds them.
# SPDX-License-Identifier: Apache-2.0
import importlib
import sys
import types
import warnings

module = types.ModuleType("old_x")
exec('''
import importlib, warnings
_moved = {"loads": "json", "dedent": "textwrap"}
def __getattr__(name):
    if name not in _moved:
        raise AttributeError(name)
    warnings.warn(name + " has moved", DeprecationWarning, stacklevel=2)
    return getattr(importlib.import_module(_moved[name]), name)
def __dir__():
    return sorted(_moved)
''', module.__dict__)
sys.modules["old_x"] = module
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from old_x import loads, dedent
got = (loads("[1]"), dedent(" x"), dir(module), len(caught) >= 2)
assert got == ([1], "x", ["dedent", "loads"], True)
try:
    from old_x import nothing_like_it
except ImportError:
    pass
