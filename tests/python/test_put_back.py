# SPDX-License-Identifier: Apache-2.0
"""Each of the six layers, taken away or replaced: it is back at the next
event, a record says whose doing it was, and the next import is judged."""

# covers: python/layers/tripwire.c, python/layers/impfn.c, python/layers/stander.c

import json
import sys

import pytest

from guarded import Place

POLICY = """
default = allow
trusted = @stdlib
[modules from plug]
posix = deny
"""

# place: (the module, what stands there, what records call it)
FUNCTIONS = {
    "__import__": ("builtins", "__import__", "builtins.__import__"),
    "_find_and_load": ("_frozen_importlib", "_find_and_load",
                       "importlib._bootstrap._find_and_load"),
    "_find_spec": ("_frozen_importlib", "_find_spec", "importlib._bootstrap._find_spec"),
    "find_spec": ("importlib.util", "find_spec", "importlib.util.find_spec"),
    "create_builtin": ("_imp", "create_builtin", "_imp"),
    "create_dynamic": ("_imp", "create_dynamic", "_imp"),
    "exec_builtin": ("_imp", "exec_builtin", "_imp"),
    "exec_dynamic": ("_imp", "exec_dynamic", "_imp"),
    "get_frozen_object": ("_imp", "get_frozen_object", "_imp"),
    "init_frozen": ("_imp", "init_frozen", "_imp"),
}

# way: (what the plugin does, whose doing it is said to be, and why)
WAYS = {
    "removed": ("delattr(owner, key)", "__main__", "asked-next"),
    "by Python": ("setattr(owner, key, lambda *a, **k: there(*a, **k))", "plug", "found-there"),
    "by C": ("setattr(owner, key, functools.partial(there))", "__main__", "asked-next"),
}

PLUG = """
import functools, importlib
def put():
    owner, key = importlib.import_module({module!r}), {key!r}
    there = getattr(owner, key)
    {write}
def ask():
    import posix
"""

MAIN = """
import importlib.util, json, sys
import {module} as owner
import plug
there = getattr(owner, {key!r})
plug.put()
left = getattr(owner, {key!r}, None)
exec("pass")
found = getattr(owner, {key!r}, None)
sys.modules.pop("_bisect", None)
sys.modules.pop("_json", None)
import colorsys, _bisect, _json, __hello__
importlib.import_module("cmd")
try:
    plug.ask()
    asked = "had"
except ImportError as refused:
    asked = refused.name
print(json.dumps([left is not there, found is not left, type(found) is type(there), asked]),
      file=sys.stderr)
"""


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    made.policy(POLICY)
    return made


def tampering(done):
    return [(r["name"], r["importer"], r["reason"], r["outcome"]) for r in done.records
            if r["event"] == "tamper"]


@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_is_put_back_and_told(place, function, way):
    module, key, name = FUNCTIONS[function]
    write, importer, reason = WAYS[way]
    place.write("plug.py", PLUG.format(module=module, key=key, write=write))
    done = place.install(MAIN.format(module=module, key=key))
    assert done.code == 0, done.err
    assert json.loads(done.err.splitlines()[-1]) == [True, True, True, "posix"]
    assert tampering(done) == [(name, importer, reason, "put-back")]


# Our finder: taken out, overtaken, or in a list that is none of ours.
LISTS = {
    "removed": ("del sys.meta_path[0]", "__main__", "asked-next"),
    "another list": ("sys.meta_path = sys.meta_path[1:]", "__main__", "asked-next"),
    "by Python": ("sys.meta_path.insert(0, Finder())", "plug", "found-there"),
    "by C": ("sys.meta_path.insert(0, types.SimpleNamespace("
             "find_spec=functools.partial(max, key=lambda _: 0)))", "__main__", "asked-next"),
}


@pytest.mark.parametrize("way", sorted(LISTS))
def test_the_finder_is_put_back_and_told(place, way):
    write, importer, reason = LISTS[way]
    place.write("plug.py", """
import functools, sys, types
class Finder:
    def find_spec(self, name, path=None, target=None):
        return None
def put():
    %s
def ask():
    import posix
""" % write)
    done = place.install("""
import sys, plug
ours = sys.meta_path[0]
plug.put()
left = sys.meta_path[0] is ours
exec("pass")
found = sys.meta_path[0] is ours
sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "SimpleNamespace"]
import colorsys
try:
    plug.ask()
except ImportError as refused:
    print(left, found, refused.name)
""")
    assert (done.code, done.out) == (0, "False True posix\n"), done.err
    assert tampering(done) == [("sys.meta_path", importer, reason, "put-back")]


def test_the_audit_hook_cannot_be_taken_out_and_sees_that_the_others_were(place):
    """Layers 1 and 6: with every other one gone at once, an event is enough."""
    place.write("plug.py", """
import sys, builtins, _frozen_importlib, _imp, importlib.util
def put():
    del builtins.__import__, _frozen_importlib._find_and_load, _frozen_importlib._find_spec
    del _imp.create_builtin, _imp.create_dynamic, importlib.util.find_spec, sys.meta_path[0]
def ask():
    import posix
""")
    done = place.install("""
import plug
plug.put()
exec("pass")
import colorsys, _bisect
try:
    plug.ask()
except ImportError as refused:
    print(refused.name)
""")
    assert (done.code, done.out) == (0, "posix\n"), done.err
    names = [FUNCTIONS[f][2] for f in ("__import__", "_find_and_load", "_find_spec",
                                       "create_builtin", "find_spec")]
    assert tampering(done) == [(name, "__main__", "asked-next", "put-back")
                               for name in names + ["sys.meta_path"]]


def test_what_stands_in_imp_is_called_behind_ours_and_can_let_go(place):
    done = place.install("""
import _imp, sys
own, seen = _imp.create_builtin, []
def wrapper(spec):
    seen.append(spec.name)
    return own(spec)
_imp.create_builtin = wrapper
import faulthandler as first
del sys.modules["faulthandler"]
_imp.create_builtin = own
import faulthandler
print(seen, first.__name__, _imp.create_builtin is own)
""")
    assert (done.code, done.out) == (0, "['faulthandler'] faulthandler True\n"), done.err


@pytest.mark.parametrize("function", ["create_builtin", "exec_builtin"])
def test_c_code_in_the_place_of_imp_is_unknown_code(place, function):
    """It is no module's own initialisation, whatever module is being made."""
    place.policy("""
default = allow
trusted = @stdlib
[modules]
posix = deny
[modules from symtable]
posix = allow
[modules from _symtable]
posix = allow
""")
    place.write("plug.py", """
import _imp, builtins, functools
def put():
    _imp.%s = functools.partial(builtins.__import__, "posix")
""" % function)
    done = place.install("""
import plug
plug.put()
try:
    import symtable
    print("had")
except ImportError as refused:
    print("refused", refused.name)
""")
    assert done.out == "refused posix\n", done.err


def test_a_function_that_a_copy_of_a_module_has_not_is_not_put_there(place):
    """A builtin module that is made by hand is looked at, too."""
    done = place.install("""
import _imp, importlib.machinery as machinery
module = _imp.create_builtin(machinery.ModuleSpec("marshal", None))
print(hasattr(module, "create_builtin"), hasattr(module, "__import__"))
""")
    assert (done.code, done.out) == (0, "False False\n"), done.err
    assert not tampering(done)


def test_what_a_library_took_before_there_was_a_guard_is_ours(place):
    place.write("taken.py", """
from _imp import create_builtin as made
from _thread import start_new_thread as started
from _weakref import proxy as weak
from codecs import register_error as handled
from sys import settrace as traced
""")
    script = place.write("main.py", """
        import _imp, _thread, _weakref, codecs, sys, taken
        before = dict(vars(taken))
        import stockade
        stockade.install("policy.ini")
        print(taken.made is _imp.create_builtin, taken.started is _thread.start_new_thread,
              taken.weak is _weakref.proxy, taken.handled is codecs.register_error,
              taken.traced is sys.settrace)
        print([key for key in before if before[key] is vars(taken)[key] and key[0] != "_"])
    """)
    done = place.spawn([sys.executable, script])
    assert done.code == 0, done.err
    assert done.out == "True True True True True\n[]\n"
