# SPDX-License-Identifier: Apache-2.0
"""A library's function asks for the library where it runs in the library's own
namespace, and for whoever called it in any other."""
# covers: python/asks/home.c

import pytest

from guarded import Place

LIBRARY = """\
def found():
    import secret
    return look(secret)


def look(module):
    return module.__name__
"""

PLUGIN = """\
import gc, sys, types
import library


def calls():
    return library.found()


def borrows():
    return types.FunctionType(library.found.__code__, {"look": str, "__builtins__": __builtins__})()


def calls_what_is_left(write=False):
    global library
    found = library.found
    del sys.modules["library"], library
    gc.collect()
    if write:
        found.__globals__["more"] = 1
    return found()


def calls_where_another_has_lain():
    import importlib
    for _ in range(20):
        code, where = library.found.__code__, id(library.__dict__)
        del sys.modules["library"], globals()["library"]
        gc.collect()
        kept = [{} for _ in range(20000)]
        for space in kept:
            if id(space) == where:
                space.update(look=str, __builtins__=__builtins__)
                return types.FunctionType(code, space)()
        globals()["library"] = importlib.import_module("library")
    import secret  # nothing lies where it was: denied as well


def calls_after(how):
    global library
    if how == "reload":
        import importlib
        importlib.reload(library)
    else:
        del sys.modules["library"]
        import library
    return library.found()
"""


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\ntrusted = @stdlib\n[modules from plugin]\nsecret = deny\n")
    place.files({"plugin.py": PLUGIN, "library.py": LIBRARY, "secret.py": ""})
    return place


@pytest.mark.parametrize("first", ["", "import library\n"])
@pytest.mark.parametrize("call", [
    "calls()", "calls_after('reload')", "calls_after('deletion')",
    "calls_after('deletion') and plugin.calls_after('deletion') and plugin.calls()"])
def test_at_home_it_is_the_librarys(place, first, call):
    script = place.write("main.py", first + "import plugin\nprint(plugin.%s)\n" % call)
    done = place.run(script)
    assert done.out == "secret\n", done.err


def test_a_function_that_is_left_of_a_module_is_the_librarys(place):
    done = place.run(place.write("main.py", "import plugin\nprint(plugin.calls_what_is_left())\n"))
    assert done.out == "secret\n", done.err


def test_what_was_written_to_since_the_module_went_is_the_callers(place):
    done = place.run(place.write("main.py", "import plugin\nplugin.calls_what_is_left(True)\n"))
    assert done.code == 1 and "denied to plugin" in done.err


def test_a_namespace_where_a_librarys_has_lain_is_the_callers(place):
    done = place.run(place.write("main.py", "import plugin\nplugin.calls_where_another_has_lain()\n"))
    assert done.code == 1 and "denied to plugin" in done.err


def test_a_module_that_replaces_itself_is_at_home(place):
    place.write("library.py", LIBRARY + """
import sys, types
class Other(types.ModuleType):
    pass
other = Other(__name__)
other.found = found
sys.modules[__name__] = other
""")
    done = place.run(place.write("main.py", "import gc, plugin\ngc.collect()\nprint(plugin.calls())\n"))
    assert done.out == "secret\n", done.err


def test_at_home_it_is_the_librarys_where_it_was_loaded_before(place):
    place.write("main.py", """
        import library, stockade
        stockade.install("policy.ini", audit="file:imports.jsonl")
        import plugin
        print(plugin.calls())
        print(plugin.borrows())
        """)
    import sys
    done = place.spawn([sys.executable, "main.py"])
    assert done.out == "secret\n", done.err
    assert "denied to plugin" in done.err


def test_elsewhere_it_is_the_callers(place):
    done = place.run(place.write("main.py", "import plugin\nprint(plugin.borrows())\n"))
    assert done.code == 1 and "denied to plugin" in done.err


def test_a_module_that_came_meanwhile_is_bound_as_who_had_it_come(place):
    place.write("plugin.py", """
        def writes():
            with open(__file__.replace("plugin", "copied"), "w") as file:
                file.write("import secret")
            import copied
        """)
    done = place.run(place.write("main.py", "import plugin\nplugin.writes()\n"))
    assert done.code == 1 and "denied to plugin" in done.err


def test_a_module_that_the_program_writes_is_its_own(place):
    done = place.run(place.write("main.py", """
        with open(__file__.replace("main", "written"), "w") as file:
            file.write("import secret")
        import written
        print(written.secret.__name__)
        """))
    assert done.out == "secret\n", done.err


def test_what_runs_in_an_interpreter_is_bound_as_who_made_it(place):
    place.write("plugin.py", """
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            import _interpreters as interpreters
        other = interpreters.create()
        def runs(text):
            try:
                error = interpreters.run_string(other, text)
                return error and error.msg
            except Exception as error:
                return str(error)
        def ends():
            interpreters.destroy(other)
        """)
    done = place.run(place.write("main.py", """
        import sys
        sys.path.insert(0, "")
        import plugin
        print(plugin.runs("import json"))
        print(plugin.runs("import sys; sys.path.insert(0, ''); import secret"))
        plugin.ends()
        """))
    first, second = done.out.splitlines()
    assert first == "None", done.err
    assert "denied to " in second


def test_the_homes_of_modules_are_made_by_nobody_else(place):
    place.write("plugin.py", """
        import sys, weakref
        import library
        def home_of(module):
            return [found for found in weakref.getweakrefs(module) if type(found).__name__ == "Home"]
        def makes():
            kind = type(home_of(library)[0])
            try:
                kind.__new__ = staticmethod(lambda *args: b"")
            except TypeError:
                pass
        """)
    place.write("later.py", "")
    done = place.run(place.write("main.py", """
        import sys
        sys.path.insert(0, "")
        import plugin
        plugin.makes()
        import later
        print(len(plugin.home_of(later)))
        """))
    assert (done.code, done.out) == (0, "1\n"), (done.out, done.err)
