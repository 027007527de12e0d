# SPDX-License-Identifier: Apache-2.0
"""Every way to ask for a module meets the policy."""

# covers: python/layers/importfn.c, python/layers/findload.c, python/layers/findspec.c
# covers: python/layers/finder.c, python/layers/lookup.c, python/layers/audithook.c
# covers: python/attempt/attempt.c, python/layers/attach.c, python/object/name.c, python/object/state.c
# covers: python/process/install.c

import json
import sys

import pytest

from guarded import Place

POLICY = """
default = allow
trusted = @stdlib
[modules]
os = deny
posix = deny
colorsys = deny
chunky.inner = deny
"""

# Each leaves what it got in `got`; all are denied.
CACHED = {
    "import statement": "import os as got",
    "from import": "from os import path as got",
    "from import star": "from os import *; got = path",
    "dotted": "import os.path as got",
    "submodule of a denied parent": "from os.path import join as got",
    "__import__": "got = __import__('os')",
    "__import__ keywords": "got = __import__(name='os', level=0)",
    "builtins.__import__": "import builtins; got = builtins.__import__('os')",
    "import_module": "import importlib; got = importlib.import_module('os')",
    "importlib.__import__": "import importlib; got = importlib.__import__('os')",
    "reload": "import sys, importlib\ngot = importlib.reload(sys.modules['os'])",
    "find_spec": "import importlib.util; got = importlib.util.find_spec('os')",
    "runpy": "import runpy; got = runpy.run_module('os')",
    "exec": "exec('import os as got')",
    "eval": "got = eval(\"__import__('os')\")",
    "a str that lies": (
        "class S(str):\n"
        "    def __hash__(s): return hash('json')\n"
        "    def __eq__(s, o): return o == 'json'\n"
        "got = __import__(S('os'))"
    ),
    "import_module of a str that lies": (
        "import importlib\n"
        "class S(str):\n"
        "    def __hash__(s): return hash('json')\n"
        "    def __eq__(s, o): return o == 'json'\n"
        "got = importlib.import_module(S('os'))"
    ),
    "relative from forged globals": (
        "got = __import__('os', {'__package__': 'x', '__name__': 'x'}, None, ('path',))"
    ),
    "a thread": (
        "import threading\nbox = []\n"
        "def f():\n"
        "    try: box.append(__import__('os'))\n"
        "    except ImportError as e: box.append(e)\n"
        "t = threading.Thread(target=f); t.start(); t.join()\n"
        "if isinstance(box[0], Exception): raise box[0]\n"
        "got = box[0]"
    ),
    "C: PyImport_ImportModule": (
        "import ctypes\n"
        "f = ctypes.pythonapi.PyImport_ImportModule\n"
        "f.restype = ctypes.py_object; f.argtypes = [ctypes.c_char_p]\n"
        "got = f(b'os')"
    ),
    "C: PyImport_Import": (
        "import ctypes\n"
        "f = ctypes.pythonapi.PyImport_Import\n"
        "f.restype = ctypes.py_object; f.argtypes = [ctypes.py_object]\n"
        "got = f('os')"
    ),
}

UNCACHED = {
    name: code.replace("'os'", "'colorsys'")
    .replace("import os", "import colorsys")
    .replace("from os import", "from colorsys import")
    .replace("b'os'", "b'colorsys'")
    for name, code in CACHED.items()
    if name
    not in ("reload", "dotted", "submodule of a denied parent", "find_spec", "runpy",
            "from import star", "from import")
}
UNCACHED["from import"] = "from colorsys import rgb_to_hsv as got"
UNCACHED["find_spec"] = "import importlib.util; got = importlib.util.find_spec('colorsys')"
UNCACHED["runpy"] = "import runpy; got = runpy.run_module('colorsys')"
UNCACHED["pkgutil"] = "import pkgutil; got = pkgutil.get_loader('colorsys')"
UNCACHED["meta_path by hand"] = (
    "import sys\n"
    "for finder in sys.meta_path:\n"
    "    got = finder.find_spec('colorsys', None)\n"
    "    if got: break"
)
UNCACHED["C: PyImport_ImportModuleLevel"] = (
    "import ctypes\n"
    "f = ctypes.pythonapi.PyImport_ImportModuleLevel\n"
    "f.restype = ctypes.py_object\n"
    "f.argtypes = [ctypes.c_char_p] + [ctypes.c_void_p] * 3 + [ctypes.c_int]\n"
    "got = f(b'colorsys', None, None, None, 0)"
)

TRY = """
import stockade, sys
source = {source!r}
try:
    {how}
except stockade.ImportDenied as denied:
    print("DENIED", denied.name, denied.importer, denied.rule)
except BaseException as other:
    print("OTHER", type(other), other)
else:
    print("GOT", got)
"""


def attempt(place, source, through_run):
    place.policy(POLICY)
    place.write("probe.py", source)
    main = TRY.format(source=source, how="import probe; got = probe.got")
    if through_run:
        place.write("main.py", main)
        return place.run("main.py")
    return place.install(main)


def assert_denied(done, route, name):
    """runpy and pkgutil wrap an ImportError into one of their own."""
    wrapped = route in ("runpy", "pkgutil") and "No module named '%s': denied" % name
    if wrapped and done.out.startswith("OTHER <class 'ImportError'>"):
        assert wrapped in done.out
    else:
        assert done.out.startswith("DENIED " + name), done.out + done.err
    assert [r for r in done.attempts(verdict="deny", outcome="refused")
            if r["name"].split(".")[0] == name]
    assert done.code == 0


@pytest.mark.parametrize("through_run", [False, True], ids=["install", "run"])
@pytest.mark.parametrize("route", sorted(CACHED))
def test_loaded_module_is_denied_by_every_route(tmp_path, route, through_run):
    done = attempt(Place(tmp_path), CACHED[route], through_run)
    assert_denied(done, route, "os")


@pytest.mark.parametrize("through_run", [False, True], ids=["install", "run"])
@pytest.mark.parametrize("route", sorted(UNCACHED))
def test_missing_module_is_denied_by_every_route(tmp_path, route, through_run):
    done = attempt(Place(tmp_path), UNCACHED[route], through_run)
    assert_denied(done, route, "colorsys")


def test_submodule_denied_below_an_allowed_parent(tmp_path):
    place = Place(tmp_path)
    place.policy(POLICY)
    place.files({
        "chunky/__init__.py": "outer = 1\ninner_value = 2\n",
        "chunky/inner.py": "",
        "chunky/inner_value.py": "",
    })
    done = place.install("""
        import stockade, sys
        from chunky import outer, inner_value
        for source in ("from chunky import inner", "import chunky.inner",
                       "from chunky.inner import x"):
            try:
                exec(source)
            except stockade.ImportDenied as denied:
                print("DENIED", denied.name)
        import types, chunky
        chunky.inner = sys.modules["chunky.inner"] = types.ModuleType("chunky.inner")
        try:
            from chunky import inner
        except stockade.ImportDenied as denied:
            print("LOADED AND DENIED", denied.name)
        chunky.inner = 5
        from chunky import inner
        print(inner)
    """)
    assert done.out.split("\n")[:5] == [
        "DENIED chunky.inner", "DENIED chunky.inner", "DENIED chunky.inner",
        "LOADED AND DENIED chunky.inner", "5"], done.out + done.err


def test_denied_is_a_module_not_found_error_that_helps(tmp_path):
    place = Place(tmp_path)
    path = place.policy(POLICY)
    done = place.install("""
        import stockade, json
        try:
            import os
        except ImportError as e:
            assert isinstance(e, ModuleNotFoundError)
            assert isinstance(e, stockade.ImportDenied)
            print(json.dumps([e.name, e.importer, e.rule, e.reason, str(e), e.path,
                              type(e).__module__, type(e).__qualname__]))
    """)
    name, importer, rule, reason, text, path_, module, qualname = json.loads(done.out)
    assert (name, importer, rule) == ("os", "__main__", path + ":6")
    assert reason == "rule"
    assert 'by "os = deny" at ' + path + ":6;" in text
    assert text.endswith("stockade explain %s os --from __main__" % path)
    assert (path_, module, qualname) == (None, "stockade", "ImportDenied")


def test_names_that_nobody_should_ask_for(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\ntrusted = @stdlib\n[modules]\nos = deny\n")
    done = place.install(r"""
        import stockade
        names = ["os\0x", "os\0", "a\nb", 'q"uote', "\udc80", "x" * 100000, "..", "a..b",
                 "", "os.", ".os", "os.path\0"]
        for name in names:
            try:
                __import__(name)
            except BaseException as e:
                print(type(e).__name__)
            else:
                print("GOT")
    """)
    assert "GOT" not in done.out, done.out + done.err
    assert done.code == 0, done.err
    assert len(done.out.split()) == 12
    assert all(isinstance(record, dict) for record in done.records)


def test_explain_line_quotes_hostile_names(tmp_path):
    place = Place(tmp_path)
    place.policy("default = deny\ntrusted = @stdlib\n[modules]\nstockade = allow\n")
    done = place.install(r"""
        try:
            __import__("x; rm -rf '/'")
        except ImportError as e:
            print(e)
    """)
    assert done.out.rstrip().endswith(
        "'x; rm -rf '\\''/'\\''' --from __main__"), done.out + done.err


def test_observe_mode_denies_nothing_and_records(tmp_path):
    place = Place(tmp_path)
    place.policy("mode = observe\n" + POLICY)
    done = place.install("import os, colorsys\nprint(os.getcwd)\n")
    assert done.code == 0 and "built-in function getcwd" in done.out
    assert done.attempts("os", verdict="deny", cached=True, outcome="would-refuse")
    record, = done.attempts("colorsys", verdict="deny")
    assert record["outcome"] == "would-refuse"
    assert record["origin"].endswith("colorsys.py")


def test_second_policy_is_evaluated_beside(tmp_path):
    place = Place(tmp_path)
    place.policy("default = deny\n[modules]\njson = allow\n", "stricter.ini")
    place.policy("default = allow\nobserve = stricter.ini\n")
    done = place.install("import json, colorsys\n")
    assert done.code == 0, done.err
    assert done.attempts("json", observe="allow")
    record, = done.attempts("colorsys")
    assert (record["verdict"], record["observe"]) == ("allow", "deny")


@pytest.mark.parametrize("through_run", [False, True], ids=["install", "run"])
def test_a_shadow_of_the_standard_library_is_denied(tmp_path, through_run):
    place = Place(tmp_path)
    place.policy("default = allow\n")
    place.files({"colorsys.py": "print('SHADOW')\n"})
    main = """
        import stockade
        try:
            import colorsys
        except stockade.ImportDenied as e:
            print(e.reason, e)
    """
    if through_run:
        place.write("main.py", main)
        done = place.run("main.py")
    else:
        done = place.install(main)
    assert done.out.startswith("shadowing No module named 'colorsys'"), done.out + done.err
    assert "SHADOW" not in done.out
    assert place.path("colorsys.py") in done.out
    assert "; rename it, or say shadowing = allow in " in done.out
    record, = done.attempts("colorsys")
    assert (record["reason"], record["outcome"]) == ("shadowing", "refused")


def test_a_shadow_is_denied_by_no_rule_that_allows_it(tmp_path):
    place = Place(tmp_path)
    place.policy("default = deny\ntrusted = @stdlib\n[modules]\ncolorsys = allow\nstockade = allow\n")
    place.files({"colorsys.py": ""})
    done = place.install("""
        import stockade
        try:
            import colorsys
        except stockade.ImportDenied as e:
            print(e.reason, e.rule, "colorsys = allow" in str(e))
    """)
    assert done.out == "shadowing None False\n", done.out + done.err
    assert "rule" not in done.attempts("colorsys")[0]


def test_what_sysconfig_is_told_is_of_the_standard_library_alone(tmp_path):
    place = Place(tmp_path)
    place.policy("default = deny\n[modules]\nstockade = allow\nsys = allow\nsysconfig = allow\n")
    place.files({"_sysconfigdata_planted.py": "print('SHADOW')\n"})
    done = place.install("""
        import stockade
        try:
            import _sysconfigdata_planted
        except stockade.ImportDenied as e:
            print(e.reason)
    """)
    assert done.out == "shadowing\n", done.out + done.err


def test_the_program_is_imported_by_itself_alone(tmp_path):
    place = Place(tmp_path)
    place.policy("default = deny\n[modules]\nplug = allow\n")
    place.files({"plug.py": "import __main__\nprint('GOT', __main__.secret)\n"})
    place.write("main.py", "secret = 1\nimport __main__\nimport plug\n")
    done = place.run("main.py")
    assert "GOT" not in done.out and done.code == 1, done.out
    assert "No module named '__main__': denied to plug" in done.err


def test_shadowing_may_be_allowed(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\nshadowing = allow\n")
    place.files({"colorsys.py": "print('SHADOW')\n"})
    done = place.install("import colorsys\n")
    assert done.out == "SHADOW\n", done.err


def test_every_standard_module_is_found_at_home(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\n")
    done = place.install("""
        import sys, pkgutil, importlib.util, stockade
        names = [m.name for m in pkgutil.iter_modules()] + list(sys.builtin_module_names)
        for name in names:
            try:
                importlib.util.find_spec(name)
            except stockade.ImportDenied as e:
                print(name, e)
            except ValueError:
                pass
        import xml.etree.ElementTree, concurrent.futures.thread, json.decoder, _socket
    """)
    assert done.out == "", done.out
    assert done.code == 0, done.err


def test_importer_is_the_code_and_not_its_name(tmp_path):
    place = Place(tmp_path)
    place.policy("""
        default = allow
        trusted = @stdlib
        [modules from plug]
        colorsys = deny
    """)
    place.files({"plug.py": """
        import stockade
        def ask():
            import colorsys
        def forged():
            globals().update(__name__='json', __package__='json', __spec__=None)
            import colorsys
        def as_json():
            import json
            exec('import colorsys', json.__dict__)
        for f in (ask, forged, as_json):
            try:
                f()
            except stockade.ImportDenied as e:
                print('DENIED', e.importer)
            else:
                print('GOT')
        """})
    done = place.install("import plug\nimport colorsys\nprint(colorsys.__name__)\n")
    lines = done.out.split("\n")
    assert lines[0] == lines[1] == "DENIED plug", done.out + done.err
    assert lines[2].startswith("DENIED")
    assert lines[3] == "colorsys"


def test_reload_and_reimport_keep_working(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\n")
    place.files({"thing.py": "value = 1\n", "pack/__init__.py": "from . import a\nfrom .a import x\n",
                 "pack/a.py": "x = 5\n"})
    done = place.install("""
        import importlib, sys, thing, pack
        open('thing.py', 'w').write('value = 22\\n')
        importlib.invalidate_caches()
        assert importlib.reload(thing).value == 22
        del sys.modules['thing']
        import thing as again
        assert again is not thing and pack.x == 5
        sys.modules['nothing'] = None
        try:
            import nothing
        except ModuleNotFoundError as e:
            print(e)
        try:
            import absent_module
        except ModuleNotFoundError as e:
            print(e, e.name)
        from pack import a
        assert a is pack.a
        assert __import__('a', {'__package__': 'pack'}, None, (), 1) is pack.a
    """)
    assert done.code == 0, done.err
    assert done.out.split("\n")[:2] == [
        "import of nothing halted; None in sys.modules",
        "No module named 'absent_module' absent_module"]
    assert done.attempts("absent_module", outcome="not-found")


def test_two_guards_in_one_process_are_refused(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\n")
    done = place.install("""
        import stockade
        assert repr(stockade.current()) == repr(_guard)
        try:
            stockade.install('policy.ini')
        except RuntimeError as e:
            print(e)
    """)
    assert done.out == "a guard is installed in this process already\n", done.err


def test_a_failed_install_changes_nothing(tmp_path):
    place = Place(tmp_path)
    place.policy("default = alow\n[modules]\nos = dney\n")
    place.write("main.py", """
        import sys, builtins, stockade
        before = (builtins.__import__, list(sys.meta_path))
        for path in ("policy.ini", "missing.ini", "."):
            try:
                stockade.install(path)
            except (OSError, ValueError) as e:
                print(type(e).__name__, str(e).count("\\n"), e)
        assert before == (builtins.__import__, list(sys.meta_path))
        assert stockade.current() is None
        import os
    """)
    done = place.spawn([sys.executable, place.path("main.py")])
    assert done.code == 0, done.err
    assert done.out.startswith("ValueError 1 ")
    assert 'policy.ini:3: unknown' in done.out and 'policy.ini:5: unknown' in done.out
    assert "is a directory" in done.out and "missing.ini" in done.out


def test_a_package_that_is_told_twice_is_not_believed(tmp_path):
    """What is no package when we ask and one when CPython does."""
    place = Place(tmp_path)
    place.policy("default = allow\n[modules]\nos = deny\n")
    done = place.install(r"""
        import warnings
        class Spec:
            told = 0
            @property
            def parent(self):
                Spec.told += 1
                return "os" if Spec.told == 2 else 1
        try:
            got = __import__("path", {"__spec__": Spec(), "__name__": "x"}, None, ["join"], 1)
        except ImportError as e:
            print(type(e).__name__)
        names = {"__name__": "x"}
        def show(*_):
            names.update(__name__="os", __path__=[])
        warnings.simplefilter("always")
        warnings.showwarning = show
        try:
            got = __import__("path", names, None, ["join"], 1)
        except ImportError as e:
            print(type(e).__name__)
    """)
    assert done.out == "ImportError\nImportError\n", done.out + done.err


def test_what_we_stand_before_cannot_be_reached(tmp_path):
    """The `__self__` of our functions holds what CPython had there."""
    place = Place(tmp_path)
    place.policy("default = allow\n")
    done = place.install(r"""
        import _frozen_importlib, _imp, _thread, gc, importlib.util, types
        plain = type("plain", (types.ModuleType,), {})
        slots = type("slots", (types.ModuleType,), {"__slots__": ("x",)})
        for f in (_imp.create_builtin, _frozen_importlib._find_and_load, _frozen_importlib._find_spec,
                  importlib.util.find_spec, _thread.start_new_thread):
            holder = f.__self__
            for other in (plain, slots, types.ModuleType):
                try:
                    holder.__class__ = other
                    print("became", other)
                except TypeError:
                    pass
            try:
                type("sub", (type(holder),), {})
                print("subclassed")
            except TypeError:
                pass
            near = gc.get_referents(holder) + gc.get_referents(f) + gc.get_referents(vars(holder))
            print([o for o in near if callable(o) and not isinstance(o, type)], repr(type(holder)("x")))
    """)
    assert done.out == "[] <module 'x'>\n" * 5, done.out + done.err
