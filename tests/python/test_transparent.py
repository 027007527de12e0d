# SPDX-License-Identifier: Apache-2.0
"""Nothing differs under a policy that allows: what CPython's own tests, run
by tests/transparency, look for and what they leave out."""
# covers: python/object/carry.c, python/layers/interpfn.c, python/layers/metapath.c, python/asks/tag.c, python/layers/thread.c

import pytest

from twice import Twice


@pytest.fixture
def twice(tmp_path):
    return Twice(tmp_path)


def test_what_a_thread_raises_is_told_of_its_function(twice):
    twice.run("""
        import _thread, sys, time
        told = []
        sys.unraisablehook = told.append
        def task():
            raise ValueError("task failed")
        def ends():
            sys.exit(3)
        _thread.start_new_thread(task, ())
        while not told:
            time.sleep(0.01)
        _thread.start_new_thread(ends, ())
        time.sleep(0.1)
        (seen,) = told
        print(seen.object is task, type(seen.exc_value).__name__)
        print(seen.err_msg.split(" at 0x")[0])
        tb = seen.exc_traceback
        while tb:
            print(tb.tb_frame.f_code.co_name, tb.tb_lineno)
            tb = tb.tb_next
    """)


def test_a_module_whose_file_is_not_called_in_utf8(twice):
    twice.run(r"""
        import os, sys
        for name in ("m\udcff", "a\udcff.b"):
            path = os.path.join(*name.split(".")) + ".py"
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            open(path, "w").write("name = __name__")
            print(ascii(__import__(name, fromlist=["x"]).name))
    """)


def test_a_name_that_cannot_be_encoded_is_asked_for(twice):
    twice.run(r"""
        for name in ("m\ud800", "m\ud800\udcff.b"):
            try:
                __import__(name)
            except Exception as error:
                print(type(error).__name__, ascii(str(error)))
    """)


def test_nobody_else_is_called_for_our_mark_on_code(twice):
    """PEP 523: who has an index is called when code goes that he marked."""
    twice.run(r"""
        import ctypes, gc, sys
        request = (getattr(ctypes.pythonapi, "PyUnstable_Eval_RequestCodeExtraIndex", None)
                   or ctypes.pythonapi._PyEval_RequestCodeExtraIndex)
        calls = []
        free = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(calls.append)
        request.restype = ctypes.c_ssize_t
        print(request(free) >= 0)
        import some
        del sys.modules["some"], some
        gc.collect()
        print(calls)
    """, {"some.py": "def f():\n    pass\n"})


FINDERS = """
    import sys
    class Finder:
        def __init__(self, name):
            self.name = name
        def __repr__(self):
            return self.name
        def find_spec(self, name, path=None, target=None):
            print(self.name, "was asked for", name)
            return None
    def tell():
        print([finder for finder in sys.meta_path if isinstance(finder, Finder)])
    a, b, c = map(Finder, "abc")
"""


@pytest.mark.parametrize("steps", [
    "sys.meta_path.insert(0, a); load(1); del sys.meta_path[0]; load(2)",
    "sys.meta_path.insert(0, a); load(1); sys.meta_path.pop(0); "
    "sys.meta_path.insert(0, b); load(2); sys.meta_path.pop(0); load(3)",
    "sys.meta_path.insert(0, a); load(1); sys.meta_path.insert(0, b); load(2); "
    "sys.meta_path.pop(0); load(3); sys.meta_path.pop(0); load(4)",
    "sys.meta_path.insert(0, a); load(1); sys.meta_path.insert(0, b); load(2); "
    "sys.meta_path.pop(0); sys.meta_path.pop(0); load(3)",
    "sys.meta_path[:0] = [a, b]; load(1); del sys.meta_path[:2]; load(2)",
    "sys.meta_path.insert(0, a); load(1); sys.meta_path.remove(a); load(2)",
    "sys.meta_path.insert(0, a); load(1); sys.meta_path.remove(a); "
    "sys.meta_path.append(a); load(2)",
    "old = sys.meta_path; sys.meta_path = [a]; load(1); sys.meta_path = old; load(2)",
    "old = sys.meta_path[:]; sys.meta_path[:] = [a, b]; load(1); "
    "sys.meta_path[:] = old; load(2)",
    "sys.meta_path.append(a); load(1); sys.meta_path.pop(); load(2)",
    "sys.meta_path.insert(0, a); load(1); sys.meta_path.insert(0, b); load(2); "
    "sys.meta_path.remove(a); load(3); del sys.meta_path[0]; load(4)",
])
def test_finders_come_and_go(twice, steps):
    """What is in sys.meta_path beside us is what the program put there, from
    the next import on, whoever stood first between the two."""
    twice.run(FINDERS + """
    def load(n):
        try:
            __import__("nothing%d" % n)
        except ImportError as error:
            print(error)
        tell()
""" + "".join("    %s\n" % step for step in steps.split("; ")))


def test_an_emptied_meta_path_is_warned_of(twice):
    done = twice.run("""
        import importlib._bootstrap, sys, warnings
        def told(ask):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                try:
                    said = ask()
                except ImportError as error:
                    said = error
            print(said)
            for one in caught:
                print(one.category.__name__, one.message, one.filename, one.lineno)
        for change in (sys.meta_path.clear, lambda: setattr(sys, "meta_path", [])):
            old = sys.meta_path[:]
            change()
            told(lambda: __import__("nothing"))
            told(lambda: importlib._bootstrap._find_spec("nothing", None))
            sys.meta_path[:] = old
        import colorsys
        print(colorsys.__name__)
    """)
    assert done.out.count("ImportWarning sys.meta_path is empty") == 4


@pytest.mark.parametrize("action", ["always", "error"])
def test_relative_imports_warn_as_ever(twice, action):
    done = twice.run("""
        import sys, warnings
        import package
        class Spec:
            parent = "package"
        class Other:
            parent = "elsewhere"
        cases = [
            {"__package__": None, "__spec__": Spec},
            {"__spec__": Spec()},
            {"__name__": "package", "__path__": []},
            {"__name__": "package.module"},
            {"__package__": None, "__spec__": None, "__name__": "package.module"},
            {"__name__": "package"},
            {"__name__": "nothing.at.all"},
            {"__name__": 1}, {}, None, [],
            {"__package__": "package", "__spec__": Other()},
            {"__package__": "package", "__spec__": Spec()},
            {"__package__": "package", "__spec__": 7},
            {"__package__": 7}, {"__spec__": 7}, {"__package__": ""},
            {"__package__": "package.deep"},
        ]
        for globals in cases:
            for name, fromlist, level in [("module", ["x"], 1), ("", ["module"], 1),
                                          ("module", None, 1), ("module", (), 2),
                                          ("deep.inner", ["y"], 1), ("deep.inner", None, 1),
                                          ("missing", ["z"], 1), ("", ["missing"], 1)]:
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter(%r)
                    try:
                        got = __import__(name, globals, None, fromlist, level).__name__
                    except Exception as error:
                        got = type(error).__name__, str(error), getattr(error, "name", 0)
                print(globals, name, fromlist, level, got)
                for one in caught:
                    print(one.category.__name__, one.message, one.filename, one.lineno)
    """.replace("%r", repr(action)).replace("print(globals", "print(sorted(globals or ())"), {
        "package/__init__.py": "",
        "package/module.py": "x = 1",
        "package/deep/__init__.py": "",
        "package/deep/inner.py": "",
    })
    assert "falling back on __name__" in done.out


def test_arguments_are_refused_in_the_same_words(twice):
    """CPython's own words differ from version to version."""
    twice.run("""
        import _frozen_importlib, _imp, _signal, _thread, asyncio, importlib.util, inspect, sys, weakref
        def tell(f, *args, **kwargs):
            try:
                print(f(*args, **kwargs))
            except Exception as error:
                print(type(error).__name__, error)
        for args in ((), (7,), (None,), ("os", 1, 2, 3, 4, 5), (b"os",), ("", ), ("os", None, None, None, "x"),
                     ("os", None, None, None, -1), ("os", 7, 7), ("os", None, None, 7),
                     ("a", 7, None, (), 1), ("a", [], None, (), 1), ("os", None, None, "path"), ("os", None, None, [7])):
            tell(__import__, *args)
        tell(__import__, "os", bad=1)
        tell(__import__, "os", name="os")
        tell(__import__, name="os", level=0, globals=None, locals=None, fromlist=None)
        for function in (__import__, _imp.create_builtin, _imp.create_dynamic, _imp.exec_builtin, _imp.exec_dynamic,
                         _imp.get_frozen_object, _imp.init_frozen, _imp.is_builtin,
                         _thread.start_new_thread, getattr(_thread, "start_joinable_thread", len),
                         _signal.signal, sys.settrace, sys.setprofile, sys.gettrace, sys.getprofile,
                         sys.addaudithook, weakref.proxy, asyncio.Future.add_done_callback,
                         asyncio.Task.add_done_callback, importlib.util.find_spec):
            print(function.__name__, getattr(function, "__module__", 0), function.__qualname__, inspect.getdoc(function))
            if inspect.isbuiltin(function) and function is not importlib.util.find_spec:
                print(function.__text_signature__, isinstance(function.__self__, type(sys)), function)
            try:
                print(inspect.signature(function))
            except ValueError as error:
                print(error)
            # those take anything, and call it from then on
            takes = function.__name__ in ("settrace", "setprofile", "addaudithook")
            for args in ((), (7, 8), (1, 2, 3, 4, 5)) + (() if takes else ((7,), (None,))):
                tell(function, *args)
            tell(function, bad=1)
        for function in (importlib.util.find_spec, _frozen_importlib._find_spec, _frozen_importlib._find_and_load):
            tell(function)
            tell(function, 1, 2, 3, 4, 5)
            tell(function, bad=1)
            tell(function, 1, name=2)
    """)


@pytest.mark.parametrize("what", ["pickle.dumps", "copy.copy", "copy.deepcopy", "repr", "str", "callable", "hash",
                                  "inspect.isbuiltin", "inspect.isroutine", "inspect.isfunction", "type", "bool"])
def test_functions_in_our_places_behave_as_those_that_were_there(twice, what):
    twice.run("""
        import asyncio, builtins, copy, inspect, pickle, signal, sys, weakref, _imp, _signal, _thread, threading
        for function in (builtins.__import__, _imp.create_builtin, _thread.start_new_thread, _signal.signal,
                         sys.settrace, sys.gettrace, weakref.proxy, weakref.ref, asyncio.Future.add_done_callback,
                         asyncio.Task.add_done_callback, asyncio.Task):
            try:
                got = %s(function)
            except Exception as error:
                got = type(error).__name__, str(error)
            print(%s)
    """ % (what, "type(got)" if what in ("hash", "repr", "str") else "got"))


def test_functions_run_in_another_interpreter(twice):
    """CPython 3.13 takes none whose code is marked; there are none before."""
    twice.run("""
        try:
            import _interpreters
        except ImportError:
            raise SystemExit
        def works():
            print("there", __name__)
        def fails():
            1 / 0
        def takes(argument):
            pass
        one = _interpreters.create()
        for function in (works, fails, takes, works.__code__, len, None, "print('text')"):
            for run in (_interpreters.call, _interpreters.exec, _interpreters.run_func):
                try:
                    told = run(one, function, restrict=True)
                    print(told and told.formatted)
                except Exception as error:
                    print(type(error).__name__, error)
        works()
        _interpreters.call(id=one, callable=works)
        _interpreters.destroy(one)
        import inspect
        print(_interpreters.call, inspect.getdoc(_interpreters.call))
    """)


def test_a_program_takes_modules_away_that_we_stand_in(twice):
    done = twice.run("""
        import builtins, sys
        old = builtins.__import__
        for name in ("builtins", "_imp", "_frozen_importlib", "importlib.util", "sys", "_thread", "threading"):
            module = sys.modules.pop(name, None)
            builtins.__import__ = old
            try:
                print(__import__("colorsys").__name__)
            except ImportError as error:
                print(name, error)
            builtins.__import__ = len
            builtins.__import__ = old
            sys.modules.pop("colorsys", None)
            if module:
                sys.modules[name] = module
    """)
    assert done.out.count("colorsys") == 7


def test_what_is_warned_of_when_the_interpreter_is_gone(twice):
    """gc tells of garbage when sys.modules is no more, and imports for it."""
    done = twice.run("""
        import builtins, gc, _testcapi
        builtins.__import__ = builtins.__import__
        @_testcapi.with_tp_del
        class X:
            def __tp_del__(self):
                pass
        x = X()
        x.x = x
        del x
    """, argv=["-Wd", "main.py"])
    assert "uncollectable objects at shutdown" in done.err
