# SPDX-License-Identifier: Apache-2.0
"""Who asks is found by the code that runs, and by who had it run."""

# covers: python/asks/asker.c, python/asks/frame.c, python/object/importer.c, python/load/pins.c
# covers: python/asks/statement.c, python/asks/tag.c, python/asks/tagging.c, python/layers/impfn.c
# covers: python/layers/hot.c, python/object/loaded.c
# covers: python/object/carry.c, python/layers/thread.c, python/layers/tripwire.c, python/load/origin.c
# covers: python/load/places.c
# covers: python/layers/stander.c

import json

import pytest

import askplace

POLICY = """
default = allow
trusted = @stdlib
[modules from plug]
colorsys = deny
posix = deny
os = deny
"""


@pytest.fixture
def place(tmp_path):
    return askplace.make(tmp_path, POLICY)


def answers(place, plug, main="import plug\n"):
    return askplace.told(place, plug, main)[0]


DENIED = ["denied", "colorsys", "plug"]


@pytest.mark.parametrize("ask", [
    "import colorsys",
    "__import__('colorsys')",
    "import importlib; importlib.import_module('colorsys')",
    "import pkgutil; getattr(pkgutil, 'resolve_name', __import__)('colorsys')",
])
def test_a_deputy_asks_for_who_sent_it(place, ask):
    assert answers(place, "tell(lambda: exec(%r))" % ask)[0][:2] == DENIED[:2] or \
        answers(place, "def f():\n    %s\ntell(f)" % ask) == [DENIED]


def test_a_library_asks_for_itself(place):
    # textwrap's and calendar's own statements are their own business
    place.policy("""
        default = allow
        trusted = @stdlib
        [modules from plug]
        datetime = deny
    """)
    assert answers(place, "def f():\n    import calendar\ntell(f)") == [["done"]]


def test_a_name_that_code_only_mentions_is_not_its_statement(place):
    # unittest mentions os, and imports what it is told to
    assert answers(place, """
def f():
    import unittest
    unittest.TestLoader().discover('os')
tell(f)
""")[0][0] != "done"


@pytest.mark.parametrize("names", [0, 300])
def test_the_statement_of_a_body_is_its_own_however_far_its_name_is(place, names):
    # beyond the 256th, an instruction before it has the rest of the number
    place.write("far.py", "".join("n%d = 0\n" % i for i in range(names)) + "import colorsys\n")
    assert answers(place, "def f():\n    import far\ntell(f)") == [["done"]]
    place.write("made.py", "".join("n%d = 0\n" % i for i in range(names))
                + "__import__('colorsys')\n")
    assert answers(place, "def f():\n    import made\ntell(f)")[0][:2] == DENIED[:2]


def test_code_replaced_is_code_unknown(place):
    got = answers(place, """
import json
def f():
    import colorsys
g = json.loads
h = type(f)(f.__code__.replace(co_name='loads', co_filename=json.__file__), json.__dict__)
tell(h)
""")
    assert got[0][0] == "denied"


# A finder's folder is compared while a library imports, by functions in C
# that execute code: no frame of the plugin's is there.
PLANT = """
import functools, operator, sys
code = compile("import os; sys.got = os", "x", "exec")
class Key(str):
    __eq__ = functools.partial(min, functools.partial(exec, code, {"sys": sys}), bool,
                               key=operator.methodcaller("__call__"))
    __hash__ = str.__hash__
def plant(folder):
    sys.path_importer_cache[Key(folder)] = sys.path_importer_cache.pop(folder)
"""


def test_what_c_executes_amid_a_librarys_import_is_not_the_librarys(place):
    place.write("plug.py", PLANT)
    place.write("library.py", "import sys\nsys.plant()\nimport empty\n")
    place.write("empty.py", "")
    done = place.install("""
        import sys
        import plug
        sys.plant = lambda: plug.plant(sys.path[0])
        try:
            import library
        except ImportError as denied:
            print("denied", denied.name)
        print(getattr(sys, "got", None))
    """)
    assert done.out == "denied os\nNone\n", (done.out, done.err)


def test_a_thread_asks_as_who_started_it(place):
    got = answers(place, """
import importlib, threading
box = []
class Told(threading.Thread):
    def run(self):
        tell(lambda: importlib.import_module('colorsys'))
t = threading.Thread(target=tell, args=(lambda: importlib.import_module('colorsys'),))
t.start(); t.join()
t = threading.Thread(target=importlib.import_module, args=('colorsys',))
threading.excepthook = lambda info: print('["denied", "%s", "%s"]' % (
    info.exc_value.name, info.exc_value.importer)) if hasattr(threading, 'excepthook') else None
t.start(); t.join()
""")
    assert got[0][:2] == DENIED[:2]
    assert got[1] == DENIED


def test_a_module_that_a_bound_module_brings_along_is_bound(place):
    got = answers(place, """
import sys, os_free_temp
folder = os_free_temp.make()
with open(folder + '/brought.py', 'w') as file:
    file.write('from ask import tell\\ndef f():\\n    import colorsys\\ntell(f)\\n')
sys.path.insert(0, folder)
import brought
""", "import os_free_temp, plug\n") if place.write("os_free_temp.py", """
        import tempfile
        def make():
            return tempfile.mkdtemp(dir='.')
        """) else None
    assert got == [DENIED]


def test_builtins_made_by_hand_are_judged(place):
    got = answers(place, """
import _imp
from importlib.machinery import BuiltinImporter, ModuleSpec
class Lying:
    loader = origin = submodule_search_locations = None
    asked = 0
    @property
    def name(self):
        Lying.asked += 1
        return 'time' if Lying.asked < 2 else 'posix'
tell(lambda: _imp.create_builtin(ModuleSpec('posix', BuiltinImporter)))
made = _imp.create_builtin(Lying())
print('["%s"]' % made.__name__)
tell(lambda: BuiltinImporter.load_module('posix'))
tell(lambda: _imp.get_frozen_object('os'))
print('[%s]' % ('"hidden"' if not hasattr(_imp.create_builtin.__self__, '__call__') else '"shown"'))
""")
    assert got[0] == ["denied", "posix", "plug"]
    assert got[1] == ["time"]
    assert got[2][0] != "done"
    assert got[3][0] != "done"
    assert got[4] == ["hidden"]


def test_an_alias_is_judged_by_what_it_is(place):
    got = answers(place, """
import sys
sys.modules['harmless'] = sys.modules['os']
def f():
    import harmless
tell(f)
def g():
    from random import _os
tell(g)
""")
    assert [one[:2] for one in got] == [["denied", "os"], ["denied", "os"]]


def test_a_patched_loader_lends_no_name(place):
    got = answers(place, """
import sys
from importlib.machinery import SourceFileLoader
original = SourceFileLoader.__dict__.get('get_code')
SourceFileLoader.get_code = lambda self, name: compile('import colorsys', 'x', 'exec')
sys.modules.pop('calendar', None)
def f():
    import calendar
tell(f)
del SourceFileLoader.get_code
""")
    assert got[0][:2] == ["denied", "colorsys"]


def test_a_loader_that_has_another_name_for_one_lends_none_either(place):
    got = answers(place, """
import sys
from importlib.machinery import SourceFileLoader
SourceFileLoader.get_code = lambda self, name: compile('import colorsys', 'x', 'exec')
for name in ['__firstlineno__', '__static_attributes__']:
    if name in vars(SourceFileLoader):
        delattr(SourceFileLoader, name)
        break
sys.modules.pop('calendar', None)
def f():
    import calendar
tell(f)
del SourceFileLoader.get_code
""")
    assert got[0][:2] == ["denied", "colorsys"]


def test_what_honest_code_does_to_importlib_is_no_patch(place):
    # pickle and importlib_metadata, respectively
    got = answers(place, """
import importlib.machinery, pickle, sys
pickle.dumps(importlib.machinery.SourceFileLoader('a', 'b'))
if hasattr(importlib.machinery.PathFinder, 'find_distributions'):
    del importlib.machinery.PathFinder.find_distributions
sys.modules.pop('glob', None)
def f():
    import glob
tell(f)
""")
    assert got == [["done"]]


def test_what_was_taken_away_is_put_back_and_recorded(place):
    place.write("plug.py", """
        import sys, builtins, importlib
        from ask import tell
        own = builtins.__import__
        from _frozen_importlib import BuiltinImporter
        from _frozen_importlib_external import PathFinder
        def f():
            import colorsys
        sys.meta_path[:] = [BuiltinImporter, PathFinder]
        tell(f)
        builtins.__import__ = importlib.__import__
        tell(f)
        importlib._bootstrap._find_and_load = lambda name, import_: None
        tell(f)
        """)
    done = place.install("import plug\n")
    assert [json.loads(line) for line in done.out.splitlines()] == [DENIED] * 3, done.err
    told = {record["name"]: record.get("importer") for record in done.records
            if record["event"] == "tamper"}
    assert set(told) >= {"sys.meta_path", "builtins.__import__",
                         "importlib._bootstrap._find_and_load"}
    assert told["sys.meta_path"] == "plug"


@pytest.mark.parametrize("way", [
    "sys.meta_path.insert(0, Finder())",
    "sys.meta_path.insert(0, Finder)",
    "sys.meta_path.insert(0, Meta('Odd', (), {}))",
    "builtins.__import__ = lambda *a, **k: own(*a, **k)",
    "builtins.__import__ = Finder.call",
    "builtins.__import__ = Call()",
    "importlib._bootstrap._find_spec = lambda *a: find(*a)",
])
def test_what_was_put_in_front_is_its_authors_and_not_of_who_asks_next(place, way):
    place.write("shim.py", """
        import builtins, importlib, sys
        own, find = builtins.__import__, importlib._bootstrap._find_spec
        class Finder:
            @classmethod
            def find_spec(cls, name, path=None, target=None):
                return None
            @staticmethod
            def call(*args, **kwargs):
                return own(*args, **kwargs)
        class Meta(type):
            def find_spec(cls, name, path=None, target=None):
                return None
        class Call:
            def __call__(self, *args, **kwargs):
                return own(*args, **kwargs)
        def put():
            %s
        """ % way)
    done = place.install("""
        import shim
        shim.put()
        import colorsys
        """)
    told = [(record["importer"], record["reason"]) for record in done.records
            if record["event"] == "tamper"]
    assert told == [("shim", "found-there")], done.err

def test_who_wraps_the_import_is_called_and_can_let_go(place):
    done = place.install("""
        import builtins
        seen = []
        own = builtins.__import__
        def wrapper(name, *args, **kwargs):
            seen.append(name)
            return own(name, *args, **kwargs)
        builtins.__import__ = wrapper
        import this_is_missing_1 if False else None
        """.replace("import this_is_missing_1 if False else None", "import json, wave") + """
        assert 'wave' in seen, seen
        builtins.__import__ = own
        del seen[:]
        import fractions
        assert not seen, seen
        assert builtins.__import__ is own
        """)
    assert done.code == 0, done.err


def test_the_import_function_looks_like_cpythons(place):
    done = place.install("""
        import builtins, inspect, pickle
        f = builtins.__import__
        assert f.__name__ == f.__qualname__ == '__import__'
        assert f.__module__ == 'builtins' and f.__self__ is builtins
        assert pickle.loads(pickle.dumps(f)) is f
        try:
            shown = list(inspect.signature(f).parameters)
        except ValueError:  # as CPython's own before it had one
            shown = None
        assert shown in (None, ['name', 'globals', 'locals', 'fromlist', 'level'])
        for args in ((), (1,), ('os', 1, 2, 3, 4, 5)):
            try:
                f(*args)
            except TypeError:
                pass
            else:
                raise AssertionError(args)
        try:
            f('')
        except ValueError as e:
            assert str(e) == 'Empty module name'
        """)
    assert done.code == 0, done.err


def test_a_repeat_gives_what_python_gives(place):
    done = place.install("""
        import sys, types, os.path
        def f():
            import wave
            return wave
        def g():
            from os import path, sep
            return path, sep
        def h():
            import os.path
            return os
        first = f()
        assert all(f() is first for _ in range(5))
        assert all(g() == (os.path, '/') for _ in range(5))
        assert all(h() is os for _ in range(5))
        other = sys.modules['wave'] = types.ModuleType('wave')
        assert all(f() is other for _ in range(5))
        sys.modules['wave'] = 7
        assert f() == 7
        del sys.modules['wave']
        again = f()
        assert again is not first and f() is again
        sys.modules['wave'] = None
        try:
            f()
        except ModuleNotFoundError as e:
            assert 'halted' in str(e)
        sys.modules['wave'] = again
        assert f() is again
        """)
    assert done.code == 0, done.err
    assert len(done.attempts("wave", cached=True)) <= 3


# of what the program does here, the plugin may do neither
NEITHER = """
    default = allow
    trusted = @stdlib
    [modules from plugin]
    socket = deny
    [events from plugin]
    os.system = deny
"""

GENERATED = """
    import dataclasses, importlib, os, plugin

    @dataclasses.dataclass
    class Host:
        x: int = 0

        def __post_init__(self):
            importlib.import_module("socket")
            os.system("true")
            print("made")

    Host()
    try:
        plugin.Plugin()
    except ImportError as error:
        print(type(error).__name__, error.importer)
"""

LEAVES_A_FACTORY = """
    import dataclasses, functools

    @dataclasses.dataclass
    class Plugin:
        x: object = dataclasses.field(default_factory=functools.partial(__import__, "socket"))
"""


def test_what_dataclasses_write_asks_only_for_what_it_does_itself(place):
    place.policy(NEITHER)
    place.files({"plugin.py": LEAVES_A_FACTORY})
    done = place.install(GENERATED)
    assert done.out == "made\nImportDenied None\n", done.err


# what attrs has to do with it: one function of one module of its own
ATTRS = """
    def define(body, globals):
        space = {}
        eval(compile(body, "<attrs generated methods of Host>", "exec"), globals, space)
        return space["made"]
"""

MAKES = """
    import importlib, os, attr._make, plugin

    def loads():
        importlib.import_module("socket")
        os.system("true")
        return "made"

    print(attr._make.define("def made(): return loads()", {"loads": loads})())
    for ask in plugin.of_its_own(loads), plugin.brought(loads), plugin.asks(loads):
        try:
            print(ask())
        except ImportError as error:
            print(type(error).__name__, error.importer)
"""

LIES = """
    import attr._make, os_free_temp, sys

    def of_its_own(loads):
        space = {"loads": loads}
        exec(compile("def made(): return loads()", "<attrs generated methods of Host>", "exec"), space)
        return space["made"]

    def brought(loads):
        import importlib
        folder = os_free_temp.make()
        sys.path.insert(0, folder)
        mine = {name: sys.modules.pop(name) for name in ("attr", "attr._make")}
        importlib.invalidate_caches()
        try:
            import attr._make as other
            assert other.__file__.startswith(folder)
        finally:
            sys.modules.update(mine)
            sys.path.remove(folder)
        return other.define("def made(): return loads()", {"loads": loads})

    def asks(loads):
        return attr._make.define("def made(): return __import__('socket')", {})
"""


def test_what_attrs_writes_asks_only_for_what_it_does_itself(place):
    place.policy(NEITHER)
    place.files({"attr/__init__.py": "", "attr/_make.py": ATTRS, "plugin.py": LIES,
                 "os_free_temp.py": """
        import os, shutil, tempfile
        def make():
            folder = os.path.realpath(tempfile.mkdtemp(dir="."))
            shutil.copytree("attr", os.path.join(folder, "attr"))
            return folder
        """})
    done = place.install(MAKES)
    assert done.out.splitlines() == [
        "made", "ImportDenied None", "ImportDenied None", "ImportDenied None"], done.out + done.err
