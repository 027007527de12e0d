# SPDX-License-Identifier: Apache-2.0
"""The import system as the Python reference has it (chapter 5, and 7.11),
row by row: each program does the same with the guard as without it, under
policies that allow. What the row is about is asserted of the plain run."""

import pytest

from twice import Twice


@pytest.fixture
def twice(tmp_path):
    return Twice(tmp_path)


PACKAGE = {
    "parent/__init__.py": "print('parent', __name__)",
    "parent/one/__init__.py": "print('one', __name__)",
    "parent/one/deep.py": "print('deep', __name__); value = 1",
    "parent/two/__init__.py": "print('two', __name__)",
    "parent/mod.py": "print('mod', __name__); value = 2",
}

TRY = """
def attempt(f, *args, **kwargs):
    try:
        got = f(*args, **kwargs)
    except BaseException as e:
        print(type(e).__name__, e, getattr(e, "name", None), getattr(e, "path", None),
              type(e.__cause__).__name__, type(e.__context__).__name__)
    else:
        print("got", getattr(got, "__name__", got))
        return got
"""


# ---- 5.1, 5.2: packages ---------------------------------------------------

def test_import_module_and_import_function_return_what_they_should(twice):
    done = twice.run("""
        import importlib, sys
        print(__import__("parent.one.deep").__name__)
        print(__import__("parent.one.deep", fromlist=["value"]).__name__)
        print(__import__("parent.one", None, None, ["deep", "missing"]).__name__)
        print(importlib.__import__("parent.one.deep").__name__)
        print(importlib.__import__("parent.one.deep", fromlist=["value"]).__name__)
        print(importlib.import_module("parent.one.deep").__name__)
        print(importlib.import_module(".deep", "parent.one").__name__)
        print(importlib.import_module("..mod", "parent.one").__name__)
    """, PACKAGE)
    assert done.out.splitlines()[3:6] == ["parent", "parent.one.deep", "parent.one"]


def test_parents_are_executed_first_and_once(twice):
    done = twice.run("""
        import parent.one.deep
        import parent.two, parent.mod, parent.one.deep as deep
        print(sorted(k for k in vars(parent) if not k.startswith("__")), deep.value)
    """, PACKAGE)
    assert done.out == ("parent parent\none parent.one\ndeep parent.one.deep\n"
                        "two parent.two\nmod parent.mod\n['mod', 'one', 'two'] 1\n")


def test_a_parent_that_is_no_package(twice):
    done = twice.run(TRY + """
import parent.mod
attempt(__import__, "parent.mod.below")
attempt(__import__, "os.path.below")
attempt(__import__, "sys.below")
attempt(__import__, "missing.below")
attempt(__import__, "parent.missing")
""", PACKAGE)
    assert "'parent.mod' is not a package" in done.out


NAMESPACE = {
    "left/space/a.py": "where = 'left'",
    "right/space/b.py": "where = 'right'",
    "third/space/c.py": "where = 'third'",
    "third/space/inner/d.py": "",
    "regular/space/__init__.py": "where = 'regular'",
}


def test_a_namespace_package_has_portions(twice):
    done = twice.run("""
        import sys
        sys.path[:0] = ["left", "right"]
        import space.a, space.b
        print(space.a.where, space.b.where, list(space.__path__), type(space.__path__).__name__)
        print(hasattr(space, "__file__"), getattr(space, "__file__", 0), space.__spec__.origin)
        print(space.__spec__.loader, type(space.__loader__).__name__, space.__package__)
        print(space, len(space.__path__), "left/space" in list(space.__path__)[0])
        print(space.__spec__.submodule_search_locations)
    """, NAMESPACE)
    assert done.out.startswith("left right [")


def test_a_namespace_package_follows_its_parents_path(twice):
    done = twice.run(TRY + """
import sys
sys.path[:0] = ["left"]
import space
attempt(__import__, "space.c")
sys.path.append("third")
attempt(__import__, "space.c")
print(len(space.__path__))
import space.inner.d
print(len(space.inner.__path__), space.inner)
sys.path.remove("left")
print(len(space.__path__))
attempt(__import__, "space.a")
""", NAMESPACE)
    assert "got space\n2\n" in done.out


def test_a_regular_package_wins_over_portions(twice):
    done = twice.run("""
        import sys
        sys.path[:0] = ["left", "regular", "right"]
        import space
        print(space.where, len(space.__path__))
    """, NAMESPACE)
    assert done.out == "regular 1\n"


# ---- 5.3: searching -------------------------------------------------------

def test_none_in_sys_modules(twice):
    done = twice.run(TRY + """
import importlib, importlib.util, sys
for name in ("colorsys", "parent.mod", "parent"):
    sys.modules[name] = None
    attempt(__import__, name)
    attempt(importlib.import_module, name)
    attempt(importlib.util.find_spec, name)
    attempt(__import__, name + ".below")
    del sys.modules[name]
    attempt(__import__, name)
sys.modules["parent.one"] = None
attempt(__import__, "parent", fromlist=["one"])
try:
    from parent import one
except ImportError as error:
    print(error, error.name)
""", PACKAGE)
    assert "import of colorsys halted; None in sys.modules" in done.out


def test_deleted_from_sys_modules_is_loaded_again(twice):
    done = twice.run("""
        import sys
        import parent.mod
        first, module = parent.mod, parent
        first.value = "changed"
        del sys.modules["parent.mod"]
        print(parent.mod is first)
        import parent.mod
        print(parent.mod is first, parent.mod.value, first.value)
        del sys.modules["parent"]
        import parent
        print(parent is module, hasattr(parent, "mod"))
        import parent.mod
        print(hasattr(parent, "mod"))
        from parent import mod
        print(mod is sys.modules["parent.mod"])
    """, PACKAGE)
    assert "False 2 changed" in done.out


def test_a_module_replaces_itself_in_sys_modules(twice):
    done = twice.run("""
        import sys
        import swaps
        print(swaps)
        import gone
    """, {
        "swaps.py": "import sys; sys.modules[__name__] = 'something else'",
        "gone.py": "import sys; del sys.modules[__name__]",
    }, code=1)
    assert done.out == "something else\n" and "KeyError: 'gone'" in done.err


def test_sys_modules_holds_anything(twice):
    twice.run(TRY + """
import sys, types
class Odd:
    def __getattr__(self, name):
        print("asked for", name)
        raise AttributeError(name)
for odd in (1, "text", types.ModuleType("other"), Odd(), Odd, [], type("M", (types.ModuleType,), {})("z")):
    sys.modules["odd"] = odd
    print(attempt(__import__, "odd") is odd)
    attempt(__import__, "odd", None, None, ["x"])
    attempt(__import__, "odd.below")
    try:
        from odd import something
    except Exception as error:
        print(type(error).__name__, str(error).split(" at 0x")[0])
""")


def test_sys_modules_is_another_dict(twice):
    twice.run("""
        import sys
        old = sys.modules
        class Mine(dict):
            pass
        for other in (dict(old), Mine(old)):
            sys.modules = other
            import parent.mod
            print("parent" in old, "parent" in other, parent.mod.value)
            sys.modules = old
            for name in [n for n in old if n.startswith("parent")]:
                del old[name]
    """, PACKAGE)


def test_finders_are_asked_name_path_and_target(twice):
    done = twice.run("""
        import importlib, sys
        class Spy:
            def find_spec(self, name, path=None, target=None):
                print("asked", name, path if path is None else [p[-10:] for p in path], target)
        sys.meta_path.insert(0, Spy())
        import parent.one.deep
        importlib.reload(parent.one.deep)
        import parent.one.deep
        try:
            import parent.one.missing
        except ImportError as error:
            print(error)
    """, PACKAGE)
    assert "asked parent None None" in done.out
    assert done.out.count("asked parent.one.deep") == 2


def test_a_finder_that_raises_ends_the_search(twice):
    done = twice.run(TRY + """
import importlib, importlib.util, sys
class Raises:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("bad"):
            raise KeyError(name)
sys.meta_path.insert(0, Raises())
attempt(__import__, "bad")
attempt(importlib.import_module, "bad")
attempt(importlib.util.find_spec, "bad")
attempt(__import__, "good")
""")
    assert "KeyError 'bad'" in done.out


def test_what_is_no_finder_is_passed_over(twice):
    twice.run(TRY + """
import sys, warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    class Old:
        def find_module(self, name, path=None):
            print("find_module", name, path)
            return self if name == "old" else None
        def load_module(self, name):
            print("load_module", name)
            return sys.modules.setdefault(name, type(sys)(name))
    sys.meta_path.insert(0, object())
    sys.meta_path.insert(0, Old())
    attempt(__import__, "old")
    attempt(__import__, "parent.mod")
for one in caught:
    print(one.category.__name__, one.message, one.filename, one.lineno)
""", PACKAGE)


def test_find_spec_imports_parents_and_no_more(twice):
    done = twice.run(TRY + """
import importlib.util, sys
for name in ("parent.one.deep", "parent.missing", "missing", "colorsys", "sys", "os.path", "a.b"):
    spec = attempt(importlib.util.find_spec, name)
    print(spec and (spec.name, spec.parent, spec.has_location, type(spec.loader).__name__))
attempt(importlib.util.find_spec, ".deep", "parent.one")
attempt(importlib.util.find_spec, ".deep")
print("parent.one" in sys.modules, "parent.one.deep" in sys.modules)
import odd
attempt(importlib.util.find_spec, "odd")
del odd.__spec__
attempt(importlib.util.find_spec, "odd")
""", dict(PACKAGE, **{"odd.py": "__spec__ = None"}))
    assert "odd.__spec__ is None" in done.out and "True False" in done.out


# ---- 5.4: loading ---------------------------------------------------------

def test_a_failed_load_removes_the_failing_module_alone(twice):
    done = twice.run(TRY + """
import sys
import package
for name in ("fails", "package.fails", "package.imports_fails", "half"):
    attempt(__import__, name)
    print(sorted(n for n in sys.modules if n.partition(".")[0] in ("fails", "package", "side", "half")),
          sorted(n for n in vars(package) if not n.startswith("__")))
""", {
        "fails.py": "import side\nimport sys\nprint(__name__ in sys.modules)\n1 / 0",
        "side.py": "",
        "half/__init__.py": "import half.good\nraise LookupError",
        "half/good.py": "",
        "package/__init__.py": "",
        "package/good.py": "",
        "package/fails.py": "from . import good\nraise ValueError('no')",
        "package/imports_fails.py": "import package.fails",
    })
    assert "['package', 'package.good', 'side']" in done.out


LOADERS = TRY + """
import importlib, sys, types
from importlib.machinery import ModuleSpec

class Finder:
    def __init__(self, loader):
        self.loader = loader
    def find_spec(self, name, path=None, target=None):
        if name.startswith("made"):
            return ModuleSpec(name, self.loader, origin="here")

def with_loader(loader, name="made"):
    sys.meta_path.insert(0, Finder(loader))
    got = attempt(__import__, name)
    del sys.meta_path[0]
    sys.modules.pop(name, None)
    return got
"""


def test_loaders_create_and_execute(twice):
    done = twice.run(LOADERS + """
class Both:
    def create_module(self, spec):
        print("create", spec.name, spec.origin)
        self.module = types.ModuleType("own")
        return self.module
    def exec_module(self, module):
        print("exec", module is self.module, module is sys.modules["made"], module.__name__)
        module.done = True
class Default(Both):
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        print("exec", module.__name__, module.__spec__.origin, module.__loader__ is self)
class Raises(Default):
    def exec_module(self, module):
        raise OSError("reading")
class NotOne(Default):
    def create_module(self, spec):
        return 7
print(with_loader(Both()).done, with_loader(Default()), with_loader(Raises()), with_loader(NotOne()))
""")
    assert "exec True True" in done.out


def test_loaders_of_the_old_kind(twice):
    twice.run(LOADERS + """
import warnings
warnings.simplefilter("always")
class OnlyCreate:
    def create_module(self, spec):
        return None
class OnlyExec:
    def exec_module(self, module):
        print("exec", module.__name__)
class Load:
    def load_module(self, name):
        print("load", name)
        module = sys.modules.setdefault(name, types.ModuleType(name))
        module.__loader__ = self
        return module
class LoadNothing:
    def load_module(self, name):
        return None
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for loader in (OnlyCreate(), OnlyExec(), Load(), LoadNothing(), object(), None):
        with_loader(loader)
for one in caught:
    print(one.category.__name__, one.message, one.filename.rpartition("/")[2], one.lineno)
""")


def test_a_spec_with_another_name(twice):
    twice.run(TRY + """
import sys
from importlib.machinery import ModuleSpec
class Loader:
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        print("exec", module.__name__, sorted(n for n in sys.modules if n in ("asked", "told")))
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "asked":
            return ModuleSpec("told", Loader())
sys.meta_path.insert(0, Finder())
attempt(__import__, "asked")
print(sorted(n for n in sys.modules if n in ("asked", "told")))
""")


def test_submodules_are_bound_in_their_parents(twice):
    done = twice.run("""
        import spam
        print(spam.foo, spam.Foo, sorted(k for k in vars(spam) if not k.startswith("__")))
        import sys
        import spam.bar as bar
        print(spam.bar is bar)
        del spam.bar
        import spam.bar
        print(hasattr(spam, "bar"))
        from spam import bar
        print(bar.__name__)
    """, {
        "spam/__init__.py": "from .foo import Foo",
        "spam/foo.py": "class Foo: pass",
        "spam/bar.py": "",
    })
    assert "['Foo', 'foo']" in done.out


def test_a_submodule_that_cannot_be_bound(twice):
    done = twice.run("""
        import sys, warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            import stiff
            try:
                import stiff.child
            except AttributeError as error:  # 3.8 and 3.9 let it go on
                print(error)
        for one in caught:
            print(one.category.__name__, one.message, one.filename, one.lineno)
        print(sys.modules["stiff.child"].__name__)
    """, {
        "stiff/__init__.py": """
            import sys
            class Stiff:
                __slots__ = ()
                __path__ = __path__
                __name__ = __name__
                __spec__ = __spec__
            sys.modules[__name__] = Stiff()
        """,
        "stiff/child.py": "",
    })
    assert ("Cannot set an attribute on 'stiff' for child module 'child'" in done.out
            or "'Stiff' object has no attribute 'child'" in done.out)


def test_specs_say_what_they_should(twice):
    done = twice.run("""
        import colorsys, parent, parent.mod, sys, _frozen_importlib, zipimport, time
        for module in (colorsys, parent, parent.mod, sys, _frozen_importlib, zipimport, time):
            spec = module.__spec__
            print(spec.name, type(spec).__name__, getattr(spec.loader, "__name__", type(spec.loader).__name__),
                  spec.origin, spec.submodule_search_locations, spec.loader_state, spec.cached,
                  spec.parent, spec.has_location, getattr(spec, "_initializing", None))
            print(module.__name__, module.__package__, getattr(module, "__path__", None),
                  getattr(module, "__file__", None), getattr(module, "__cached__", None),
                  module.__loader__ is spec.loader)
        from importlib.machinery import ModuleSpec
        print(parent.__spec__ == ModuleSpec("parent", None), ModuleSpec("a.b", None, loader_state=3, is_package=True))
    """, PACKAGE)
    assert "parent ModuleSpec SourceFileLoader" in done.out


def test_loader_state_is_handed_over(twice):
    done = twice.run("""
        import importlib, sys
        from importlib.machinery import ModuleSpec
        class Loader:
            def create_module(self, spec):
                return None
            def exec_module(self, module):
                print(module.__spec__.loader_state, getattr(module.__spec__, '_initializing', None))
        class Finder:
            n = 0
            def find_spec(self, name, path=None, target=None):
                if name == "stateful":
                    Finder.n += 1
                    return ModuleSpec(name, Loader(), loader_state={"n": Finder.n})
        sys.meta_path.append(Finder())
        import stateful
        importlib.reload(stateful)
        print(stateful.__spec__.loader_state)
    """)
    assert done.out.endswith("{'n': 2}\n")


def test_path_of_a_package_is_edited(twice):
    done = twice.run(TRY + """
import parent
attempt(__import__, "parent.extra")
parent.__path__.append("more")
attempt(__import__, "parent.extra")
parent.__path__ = ["more"]
attempt(__import__, "parent.mod")
attempt(__import__, "parent.other")
del parent.__path__
attempt(__import__, "parent.two")
parent.__path__ = 7
attempt(__import__, "parent.two")
parent.__path__ = []
attempt(__import__, "parent.two")
import pkgutil
parent.__path__ = pkgutil.extend_path(["parent"], "parent")
attempt(__import__, "parent.two")
""", dict(PACKAGE, **{"more/extra.py": "", "more/other.py": ""}))
    assert "'parent' is not a package" in done.out


def test_modules_represent_themselves(twice):
    done = twice.run("""
        import colorsys, parent, sys, types, _frozen_importlib, importlib.util, time
        from importlib.machinery import ModuleSpec
        class Loader:
            def __repr__(self):
                return "<a loader>"
        for module in (colorsys, parent, sys, _frozen_importlib, time, types.ModuleType("bare")):
            print(module)
        for spec in (ModuleSpec("a", None), ModuleSpec("b", Loader()), ModuleSpec("c", Loader(), origin="somewhere"),
                     importlib.util.spec_from_file_location("d", "nowhere.py")):
            print(spec, importlib.util.module_from_spec(spec))
        odd = types.ModuleType("odd")
        odd.__spec__ = None
        odd.__loader__ = Loader()
        print(odd)
        odd.__file__ = "x.py"
        print(odd)
        del odd.__name__
        print(odd)
    """, PACKAGE)
    assert "<module 'sys' (built-in)>" in done.out


# ---- 5.4.7: the three kinds of .pyc ---------------------------------------

PYC = """
import importlib.util, os, py_compile, subprocess, sys
sys.dont_write_bytecode = False
source = "kind.py"
def write(text):
    with open(source, "w") as file:
        file.write(text)
    os.utime(source, (1000000000, 1000000000))
def load(*flags):
    code = "import sys; sys.dont_write_bytecode = False; import kind; print(kind.value, kind.__cached__ is not None)"
    print(subprocess.run([sys.executable] + list(flags) + ["-c", code], stdout=subprocess.PIPE).stdout.decode(), end="")
def header():
    with open(importlib.util.cache_from_source(source), "rb") as file:
        return file.read(16)[4:].hex()
"""


@pytest.mark.parametrize("mode, expected", [
    ("TIMESTAMP", "1\n1\n2\n"),
    ("CHECKED_HASH", "1\n2\n2\n"),
    ("UNCHECKED_HASH", "1\n1\n1\n"),
])
def test_cached_bytecode_is_invalidated(twice, mode, expected):
    done = twice.run(PYC + """
write("value = 1")
py_compile.compile(source, invalidation_mode=py_compile.PycInvalidationMode.%s)
before = header()
load()
write("value = 2")
load()
os.utime(source, (1100000000, 1100000000))
load()
print(header() == before)
for check in ("always", "never", "default"):
    load("--check-hash-based-pycs", check)
""" % mode)
    assert "".join(line.split()[0] + "\n" for line in done.out.splitlines()[:3]) == expected


def test_a_pyc_without_source_and_a_broken_one(twice):
    twice.run(PYC + TRY + """
write("value = 1")
py_compile.compile(source, cfile="alone.pyc")
import alone
print(alone.value, alone.__file__, alone.__cached__, type(alone.__loader__).__name__)
path = importlib.util.cache_from_source(source)
for broken in (b"", b"xx", importlib.util.MAGIC_NUMBER, importlib.util.MAGIC_NUMBER + bytes(12),
               importlib.util.MAGIC_NUMBER + bytes(12) + b"junk", importlib.util.MAGIC_NUMBER + b"\\7" * 12,
               b"abcd" + bytes(12)):
    for name, target in (("kind", path), ("bare", "bare.pyc")):
        os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
        with open(target, "wb") as file:
            file.write(broken)
        importlib.invalidate_caches()
        attempt(__import__, name)
        sys.modules.pop(name, None)
""")


# ---- 5.5: the path based finder -------------------------------------------

def test_path_hooks_and_importer_caches(twice):
    done = twice.run(TRY + """
import importlib, sys
from importlib.machinery import ModuleSpec
class EntryFinder:
    def __init__(self, entry):
        if not entry.startswith("mine:"):
            raise ImportError("not mine")
        print("hook", entry)
        self.entry = entry
    def find_spec(self, name, target=None):
        print("entry", self.entry, name)
        if name == "served":
            return ModuleSpec(name, self, origin=self.entry)
        if name == "portion":
            spec = ModuleSpec(name, None)
            spec.submodule_search_locations = [self.entry + "portion"]
            return spec
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        module.entry = self.entry
    def invalidate_caches(self):
        print("invalidated", self.entry)
sys.path_hooks.insert(0, EntryFinder)
sys.path[:0] = ["mine:1", "mine:2"]
attempt(__import__, "served")
attempt(__import__, "portion")
print([key for key in sys.path_importer_cache if key.startswith("mine")])
attempt(__import__, "absent")
importlib.invalidate_caches()
sys.path_importer_cache["mine:1"] = None
sys.modules.pop("served")
print(attempt(__import__, "served").entry)
del sys.path_importer_cache["mine:1"]
sys.path_importer_cache.clear()
sys.modules.pop("served")
attempt(__import__, "served")
sys.path_hooks.remove(EntryFinder)
sys.path_importer_cache.clear()
attempt(__import__, "served2")
print(sys.path_importer_cache["mine:1"])
""")
    assert "entry mine:1 served" in done.out


def test_a_path_hook_that_raises_something_else(twice):
    twice.run(TRY + """
import sys
def hook(entry):
    if entry == "strange":
        raise ValueError(entry)
    raise ImportError
sys.path_hooks.insert(0, hook)
sys.path.insert(0, "strange")
attempt(__import__, "absent")
sys.path[0] = b"bytes"
attempt(__import__, "absent")
sys.path[0] = 7
attempt(__import__, "absent")
sys.path = ["/nowhere"]
attempt(__import__, "absent")
sys.path_hooks = []
sys.path_importer_cache.clear()
attempt(__import__, "absent")
""")


def test_the_current_folder_is_looked_at_each_time(twice):
    done = twice.run(TRY + """
import importlib, os, sys
sys.path[0] = ""
attempt(__import__, "later")
os.mkdir("sub")
open("sub/later.py", "w").close()
os.chdir("sub")
importlib.invalidate_caches()
attempt(__import__, "later")
open("fresh.py", "w").close()
importlib.invalidate_caches()
attempt(__import__, "fresh")
print("" in sys.path_importer_cache)
""")
    assert done.out.endswith("got later\ngot fresh\nFalse\n")


def test_modules_in_a_zip(twice):
    done = twice.run(TRY + """
import sys, zipfile
with zipfile.ZipFile("z.zip", "w") as z:
    z.writestr("zipped.py", "value = 3")
    z.writestr("zpackage/__init__.py", "")
    z.writestr("zpackage/inner.py", "from .. import x" )
    z.writestr("zpackage/good.py", "from . import __name__ as told")
    z.writestr("zbad.py", "def")
    z.writestr("zspace/", "")
    z.writestr("zspace/below.py", "")
sys.path.insert(0, "z.zip")
import zipped, zpackage.good, zspace.below
print(zipped.value, zipped.__file__, zipped.__spec__.origin, zpackage.good.told, zipped, zspace)
attempt(__import__, "zpackage.inner")
attempt(__import__, "zbad")
attempt(__import__, "zmissing")
print(zipped.__loader__.get_source("zipped"))
""")
    assert "3 " in done.out


# ---- 5.6: replacing the import system -------------------------------------

def test_import_is_replaced_by_the_program(twice):
    done = twice.run("""
        import builtins
        old = builtins.__import__
        def mine(name, globals=None, locals=None, fromlist=(), level=0):
            print("import", name, fromlist, level, (globals or {}).get("__name__"))
            return old(name, globals, locals, fromlist, level)
        builtins.__import__ = mine
        import parent.mod
        from parent import one
        from parent.one.deep import value as v
        import parent.mod as m
        builtins.__import__ = old
        import parent.two
        print(v, m.value, one.__name__)
    """, PACKAGE)
    assert "import parent.one.deep ('value',) 0 __main__" in done.out
    assert "import parent.two" not in done.out


def test_import_of_a_namespace_of_its_own(twice):
    done = twice.run("""
        import builtins
        def mine(name, *args):
            return "mine " + name
        own = dict(vars(builtins), __import__=mine)
        exec("import a.b.c as x; from d import upper as e; print(x, e)" if 0 else
             "import anything; print(anything)", {"__builtins__": own})
        try:
            exec("import os", {"__builtins__": {}})
        except ImportError as error:
            print(error)
        exec("print(__import__('parent.mod', fromlist=['x']).value)", {"__builtins__": builtins})
    """, PACKAGE)
    assert done.out.startswith("mine anything\n__import__ not found\n")


# ---- 5.7: relative imports ------------------------------------------------

def test_relative_imports(twice):
    done = twice.run("""
        import package.sub1.moduleX
    """, {
        "package/__init__.py": "",
        "package/sub1/__init__.py": "",
        "package/sub1/moduleX.py": """
            from .moduleY import spam
            from .moduleY import spam as ham
            from . import moduleY
            from ..sub1 import moduleY as again
            from ..sub2.moduleZ import eggs
            from ..moduleA import foo
            from .. import moduleA, sub2
            print(spam, ham, moduleY.__name__, again is moduleY, eggs, foo, moduleA.__name__, sub2.__name__)
            for text in ("from ... import x", "from .missing import y", "from . import missing",
                         "from .moduleY import missing", "from ....a import b", "import .x"):
                try:
                    exec(text)
                except Exception as error:
                    print(text, type(error).__name__, error, getattr(error, "name", None))
        """,
        "package/sub1/moduleY.py": "spam = 1",
        "package/sub2/__init__.py": "",
        "package/sub2/moduleZ.py": "eggs = 2",
        "package/moduleA.py": "foo = 3",
    })
    assert "1 1 package.sub1.moduleY True 2 3" in done.out
    assert "attempted relative import beyond top-level package" in done.out


def test_relative_imports_of_a_script(twice):
    done = twice.run("""
        from . import other
    """, {"other.py": ""}, code=1)
    assert "attempted relative import with no known parent package" in done.err


# ---- 5.8: __main__ --------------------------------------------------------

MAIN = {
    "told.py": """
        import __main__, sys
        spec = __main__.__spec__
        print(__name__, __main__.__name__, spec and (spec.name, spec.parent, type(spec.loader).__name__,
              spec.has_location), __main__.__package__, type(__main__.__loader__).__name__,
              getattr(__main__, "__file__", None), sys.argv, sys.path[0][-8:])
    """,
    "package/__init__.py": "print('package', __name__)",
    "package/__main__.py": "import told; from . import helper; print(__name__, __package__)",
    "package/helper.py": "print('helper', __name__)",
    "package/tool.py": "import told; from .helper import __name__ as n; import package.tool; print(n, __name__)",
    "folder/__main__.py": "import sys; sys.path.append('.'); import told\n"
                          "if not __package__: import beside",
    "folder/beside.py": "print('beside', __name__)",
}


@pytest.mark.parametrize("argv, code, expected", [
    (["main.py", "x"], 0, "told __main__ None None"),
    (["-c", "import told"], 0, "told __main__ None None"),
    (["-m", "package", "a"], 0, "package.__main__"),
    (["-m", "package.tool"], 0, "package.tool"),
    (["-m", "told"], 0, "('told', ''"),
    (["folder"], 0, "beside beside"),
    (["-m", "folder"], 0, "('folder.__main__', 'folder'"),
    (["-m", "absent"], 1, ""),
    (["-m", "package.absent"], 1, "package package"),
    (["-m", "absent.tool"], 1, ""),
    (["absent.py"], 2, ""),
])
def test_main_and_its_spec(twice, argv, code, expected):
    done = twice.run("import told", MAIN, argv, code)
    assert expected in done.out


def test_main_and_the_module_of_the_same_file_are_two(twice):
    done = twice.run("""
        import main, __main__
        print(main is __main__, __name__)
    """)
    assert done.out == "True main\nFalse __main__\n" or "False __main__" in done.out


# ---- reload ---------------------------------------------------------------

def test_reload_keeps_the_object_and_what_is_not_redefined(twice):
    done = twice.run(TRY + """
import importlib, sys
import changes
module, old = changes, changes.f
changes.kept = 1
with open("changes.py", "w") as file:
    file.write("value = 'two'\\n")
import os
os.utime("changes.py", (1100000000, 1100000000))
importlib.invalidate_caches()
print(importlib.reload(changes) is module, changes.value, changes.kept, changes.f is old, sys.modules["changes"] is module)
with open("changes.py", "w") as file:
    file.write("value = 'three'\\n1 / 0\\n")
os.utime("changes.py", (1200000000, 1200000000))
attempt(importlib.reload, changes)
print(changes.value, "changes" in sys.modules)
os.unlink("changes.py")
importlib.invalidate_caches()
attempt(importlib.reload, changes)
del sys.modules["changes"]
attempt(importlib.reload, changes)
attempt(importlib.reload, 7)
attempt(importlib.reload, sys)
import parent.mod
print(importlib.reload(parent.mod).value, importlib.reload(parent) is parent)
del sys.modules["parent"]
attempt(importlib.reload, parent.mod)
""", dict(PACKAGE, **{"changes.py": "value = 'one'\ndef f(): pass\n"}))
    assert "True two 1 True True" in done.out
    assert "module changes not in sys.modules" in done.out


def test_reload_hands_the_target_to_the_finders(twice):
    done = twice.run("""
        import importlib, sys
        import parent.mod
        class Spy:
            def find_spec(self, name, path=None, target=None):
                print("asked", name, path is None, target is not None and target is sys.modules.get(name))
        sys.meta_path.insert(0, Spy())
        importlib.reload(parent.mod)
        importlib.reload(parent)
        parent.mod.__spec__ = None
        try:
            print(importlib.reload(parent.mod).__spec__.name)
        except Exception as error:
            print(type(error).__name__, error)
    """, PACKAGE)
    assert "asked parent.mod False True" in done.out


# ---- 7.11: the statement --------------------------------------------------

def test_what_the_statement_binds(twice):
    done = twice.run("""
        def names(text):
            space = {}
            try:
                exec(text, space)
            except Exception as error:
                print(text, type(error).__name__, error, getattr(error, "name", None), getattr(error, "path", None))
            else:
                print(text, {k: getattr(v, "__name__", v) for k, v in sorted(space.items()) if k != "__builtins__"})
        for text in ("import parent.one.deep", "import parent.one.deep as d", "from parent.one import deep",
                     "from parent import one as o, two", "from parent.one.deep import value as v, missing",
                     "from parent import *", "from stars import *", "from wrong import *", "from plain import *",
                     "from lazy import computed", "from lazy import absent", "import parent, stars as s",
                     "from parent.mod import value", "from os import path", "import os.path as p",
                     "from deleted import sub", "from __future__ import annotations", "import missing.a.b",
                     "from bad_all import *", "from package_all import *"):
            names(text)
    """, dict(PACKAGE, **{
        "stars.py": "__all__ = ['a', '_b']\na = _b = c = 1",
        "plain.py": "a = _b = 1",
        "wrong.py": "__all__ = ['absent']",
        "bad_all.py": "__all__ = [7]",
        "lazy.py": "def __getattr__(name):\n    if name == 'computed': return 42\n    raise AttributeError(name)",
        "deleted/__init__.py": "from . import sub\ndel sub",
        "deleted/sub.py": "",
        "package_all/__init__.py": "__all__ = ['x', 'sub']\nx = 1",
        "package_all/sub.py": "",
    }))
    assert "cannot import name 'missing' from 'parent.one.deep'" in done.out
    assert "{'sub': 'package_all.sub', 'x': 1}" in done.out


def test_circular_imports(twice):
    done = twice.run(TRY + """
attempt(__import__, "first")
attempt(__import__, "names1")
attempt(__import__, "circle.a")
attempt(__import__, "attribute1")
""", {
        "first.py": "import second; value = 1",
        "second.py": "import first; print(hasattr(first, 'value'))",
        "names1.py": "from names2 import b\na = 1",
        "names2.py": "from names1 import a\nb = 1",
        "circle/__init__.py": "",
        "circle/a.py": "from . import b\nimport circle.b as bb\nvalue = 1",
        "circle/b.py": "from . import a\nimport circle.a as aa\nprint(a is aa)",
        "attribute1.py": "import attribute2\nx = 1",
        "attribute2.py": "import attribute1\nattribute1.x",
    })
    assert "partially initialized module" in done.out


@pytest.mark.parametrize("text", [
    "import broken_inside", "import broken_syntax", "import absent", "from parent import absent",
    "import parent.absent", "import chain1", "import importlib; importlib.import_module('broken_inside')",
    "import importlib; importlib.import_module('absent')",
    "import importlib, parent.mod; importlib.reload(importlib.import_module('raises_later'))",
    "__import__('')", "__import__('a', level=-1)", "__import__(7)", "__import__()", "__import__('os', level='x')",
    "__import__('os', bad=1)", "__import__('os', name='os')", "__import__('a', 1, 2, 3, 4, 5)",
    "__import__('x', {}, {}, [], 1)", "__import__('parent', fromlist=[7])",
    "import importlib; importlib.import_module('.x')", "import importlib; importlib.import_module('')",
    "import importlib; importlib.__import__('a', level=2)", "import importlib; importlib.import_module(7)",
    "from parent.mod import value, other", "import os.absent", "import runpy; runpy.run_module('broken_inside')",
    "import runpy; runpy.run_path('broken_syntax.py')", "raise SystemExit(3)" ,
])
def test_tracebacks_are_the_same(twice, text):
    """Each with what CPython leaves out of importlib's frames, and no more."""
    done = twice.run(text, dict(PACKAGE, **{
        "broken_inside.py": "def f():\n    1 / 0\nf()",
        "broken_syntax.py": "def f(:\n    pass",
        "chain1.py": "import chain2",
        "chain2.py": "try:\n    import absent2\nexcept ImportError:\n    import broken_inside",
        "raises_later.py": "import sys\nif hasattr(sys, 'again'): raise KeyError('later')\nsys.again = 1",
    }), code=3 if "SystemExit" in text else 1)
    assert "Traceback" in done.err or "SystemExit" in text
    assert "stockade" not in done.err


@pytest.mark.parametrize("action", ["error", "always"])
def test_warnings_point_where_they_did(twice, action):
    """stacklevel counts frames of importlib out, and ours are none."""
    done = twice.run("""
        import warns
        import importlib
        importlib.import_module("warns_too")
        def f():
            import package.warns3
        f()
    """, {
        "warns.py": "import warnings\nfor n in (1, 2, 3): warnings.warn('level %d' % n, stacklevel=n)",
        "warns_too.py": "import warnings\nfor n in (1, 2, 3): warnings.warn('level %d' % n, stacklevel=n)",
        "package/__init__.py": "import warnings; warnings.warn('gone', DeprecationWarning, stacklevel=2)",
        "package/warns3.py": "import warnings; warnings.warn('old', DeprecationWarning, stacklevel=2)",
    }, argv=["-W", action, "main.py"], code=1 if action == "error" else 0)
    assert "main.py:" in done.err or action == "error"


def test_frames_that_modules_see(twice):
    twice.run("""
        import looks
        import importlib
        importlib.reload(looks)
        exec("import looks2")
        __import__("looks3")
        map(__import__, ["looks4"]).__next__()
    """, dict.fromkeys(["looks.py", "looks2.py", "looks3.py", "looks4.py"], """
        import sys
        frame = sys._getframe()
        while frame:
            print(frame.f_code.co_name, frame.f_code.co_filename.rpartition("/")[2], frame.f_lineno)
            frame = frame.f_back
    """))


def test_a_profiler_and_a_tracer_see_the_same_python_code(twice):
    twice.run("""
        import sys
        seen = []
        def trace(frame, event, argument):
            # one finder more is asked, each within the import lock
            if (event in ("call", "return")
                    and frame.f_code.co_name not in ("__enter__", "__exit__")):
                seen.append((event, frame.f_code.co_name, frame.f_code.co_filename.rpartition("/")[2]))
            return trace
        sys.settrace(trace)
        import parent.mod
        from parent import one
        sys.settrace(None)
        for line in seen:
            print(*line)
        seen.clear()
        sys.setprofile(trace)
        import parent.two, parent.mod
        sys.setprofile(None)
        for line in seen:
            print(*line)
    """, PACKAGE)


def test_an_import_may_be_interrupted_by_another_thread(twice):
    done = twice.run("""
        import sys, threading
        got = []
        def load(name):
            try:
                got.append(__import__(name).__name__)
            except Exception as error:
                got.append(type(error).__name__)
        threads = [threading.Thread(target=load, args=(n,)) for n in ("slow1", "slow2", "slow1", "slow2", "absent")]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        print(sorted(got), sys.modules["slow1"].n, sys.modules["slow2"].n)
    """, {
        "slow1.py": "import time; time.sleep(0.05); import slow2; n = 1",
        "slow2.py": "import time; time.sleep(0.05); import slow1; n = 2",
    })
    assert "'slow1', 'slow1', 'slow2', 'slow2'" in done.out
