# SPDX-License-Identifier: Apache-2.0
"""Whatever way a namespace is written to, it is looked at again."""

# covers: python/object/watch.c, python/load/pins.c, python/layers/tripwire.c

import json
import subprocess
import sys

import pytest

from guarded import Place, dedent

POLICY = """
default = allow
trusted = @stdlib
[modules from plug]
posix = deny
os = deny
"""

# Each writes `value` under `key`; the raw dict of a class tells nobody but
# those who watch the dict itself.
WRITES = {
    "setattr": "setattr(owner, key, value)",
    "item": "raw[key] = value",
    "update": "raw.update({key: value})",
    "inplace or": "raw.__ior__({key: value}) if hasattr(raw, '__ior__') else "
                  "raw.update({key: value})",
    "pop and setdefault": "raw.pop(key); raw.setdefault(key, value)",
    "delete": "raw.__delitem__(key); raw.__setitem__(key, value)",
    "clear": "old = dict(raw); raw.clear(); raw.update(old, **{key: value})",
    "exec": "exec('global %s\\n%s = value' % (key, key), raw, {'value': value})",
}

LENT = """
import gc, json, sys, importlib._bootstrap_external as external
import cmd, bisect
from importlib.machinery import SourceFileLoader
def lend(owner, raw, key, value):
    {write}
def steal(loader, name=None):
    return compile('import os as got', 'x', 'exec')
def denied():
    sys.modules.pop('colorsys', None)
    try:
        import colorsys
        return getattr(colorsys, 'got', None) is None
    except ImportError as refused:
        return refused.name == 'os'
raw = gc.get_referents(SourceFileLoader.__dict__)[0]
base = gc.get_referents(external.SourceLoader.__dict__)[0]
said = [denied()]
original = base['get_code']
lend(external.SourceLoader, base, 'get_code', steal)
said.append(denied())
base['get_code'] = original
said.append(denied())
print(json.dumps(said))
"""


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    made.policy(POLICY)
    return made


def tampered(done):
    return [r["name"] for r in done.records if r["event"] == "tamper"]


@pytest.mark.parametrize("write", sorted(WRITES))
def test_a_loader_that_was_written_to_is_seen_each_time(place, write):
    place.write("plug.py", LENT.format(write=WRITES[write]))
    done = place.install("import plug\n")
    assert done.code == 0, done.err
    assert json.loads(done.out) == [True, True, True]
    assert "importlib" in tampered(done)


PLACES = {
    "builtins.__import__": ("builtins", "__import__"),
    "importlib._bootstrap._find_and_load": ("importlib._bootstrap", "_find_and_load"),
    "importlib._bootstrap._find_spec": ("importlib._bootstrap", "_find_spec"),
    "importlib.util.find_spec": ("importlib.util", "find_spec"),
    "_imp": ("_imp", "create_builtin"),
}


@pytest.mark.parametrize("write", sorted(WRITES))
@pytest.mark.parametrize("name", sorted(PLACES))
def test_a_layer_that_was_written_over_is_put_back_each_time(place, name, write):
    module, key = PLACES[name]
    place.write("plug.py", """
import importlib, importlib.util, json, sys
import cmd, bisect
owner = importlib.import_module({module!r})
raw, key = owner.__dict__, {key!r}
def wrap(inner):
    return lambda *args, **kwargs: inner(*args, **kwargs)
said = []
for _ in range(3):
    value = max if key == 'create_builtin' else wrap(raw[key])
    {write}
    import colorsys
    importlib.import_module('bisect')
    said.append(raw[key] is not value)
    sys.modules.pop('colorsys')
print(json.dumps(said))
""".format(module=module, key=key, write=WRITES[write]))
    done = place.install("import plug\n")
    assert done.code == 0, done.err
    assert json.loads(done.out) == [True, True, True]
    assert tampered(done).count(name) == 3, tampered(done)


def test_a_list_that_was_written_to_is_seen_each_time(place):
    place.write("plug.py", """
import sys, json
said = []
for path in list(sys.meta_path), sys.meta_path[1:], tuple(sys.meta_path[1:]):
    sys.meta_path = path
    ours = type(sys.meta_path[0])
    import colorsys
    said.append(sys.meta_path[0].__class__.__name__)
    sys.modules.pop('colorsys')
    sys.meta_path[:] = sys.meta_path[1:]
    import colorsys
    said.append(sys.meta_path[0].__class__.__name__)
    sys.modules.pop('colorsys')
print(json.dumps(said))
""")
    done = place.install("import plug\n")
    assert done.code == 0, done.err
    assert json.loads(done.out) == ["PolicyFinder"] * 6


def test_another_module_in_the_place_of_importlib_util_is_seen(place):
    place.write("plug.py", """
import importlib.util, sys, types, json
said = []
for _ in range(3):
    other = types.ModuleType('importlib.util')
    other.find_spec = original = lambda *args: None
    sys.modules['importlib.util'] = other
    import colorsys
    said.append(other.find_spec is not original)
    sys.modules.pop('colorsys')
    other.find_spec = original
    import colorsys
    said.append(other.find_spec is not original)
    sys.modules.pop('colorsys')
print(json.dumps(said))
""")
    done = place.install("import plug\n")
    assert done.code == 0, done.err
    assert json.loads(done.out) == [True] * 6


def test_what_is_written_in_another_interpreter_is_no_sign_here(place):
    done = place.install(
        """
        import sys
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            import _interpreters as interpreters
        other = interpreters.create()
        # what it loads first has its import system watched
        interpreters.run_string(other, "import _frozen_importlib, quopri")
        opened = []
        def hook(event, args):
            if event == "open" and str(args[0]).endswith((".py", ".pyc")):
                opened.append(args[0])
                interpreters.run_string(
                    other, "_frozen_importlib.__doc__ = '%d'" % len(opened))
        sys.addaudithook(hook)
        import colorsys, fractions, cmd
        print(len(opened) >= 3, colorsys.ONE_THIRD < 1)
        """)
    assert done.out == "True True\n", done.err
    assert not tampered(done)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there are no watchers of dicts")
def test_one_watcher_of_dicts_is_taken_and_no_more(tmp_path):
    """Those that CPython's own test_capi counts on are free."""
    pytest.importorskip("_testcapi")
    count = """
        import _testcapi
        ids = []
        try:
            while True:
                ids.append(_testcapi.add_dict_watcher(0))
        except RuntimeError:
            print(len(ids))
    """
    place = Place(tmp_path)
    place.policy("default = allow\n")
    guarded = place.install(count)
    plain = subprocess.run([sys.executable, "-c", dedent(count)],
                           stdout=subprocess.PIPE, check=True).stdout
    assert int(guarded.out) == int(plain) - 1, guarded.err
