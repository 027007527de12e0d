# SPDX-License-Identifier: Apache-2.0
"""Only the body of the module that was found gets its name, and an extension
answers alone only for what it is known to import."""

# covers: python/attempt/lent.c, python/attempt/attempt_reload.c, python/load/pinning.c, python/load/pins.c, python/asks/initial.c

import pytest

from guarded import Place

PLUGIN = """
import importlib
import sys
import importlib._bootstrap_external as external


def load(name):
    sys.modules.pop(name, None)
    return importlib.import_module(name)


def evil(*args, **kwargs):
    return compile("import os as got", "x", "exec")


def by_code():
    function = external.SourceLoader.get_code
    before = function.__code__
    function.__code__ = (lambda self, name: compile("import os as got", "x", "exec")).__code__
    try:
        return load("lends")
    finally:
        function.__code__ = before


def by_path():
    class Modules(dict):
        def __setitem__(self, name, module):
            if name == "lends":
                module.__spec__.loader.path = other.__file__
            dict.__setitem__(self, name, module)

    import other
    modules, sys.modules = sys.modules, Modules(sys.modules)
    try:
        return load("lends")
    finally:
        sys.modules = modules


def honestly():
    importlib.invalidate_caches()
    return load("lends")


def again():
    return importlib.reload(importlib.import_module("lends"))


def extension():
    return load("_decimal")


def extension_calls(name):
    import collections, functools, numbers, types
    found = collections.defaultdict(functools.partial(__import__, name))
    number, numbers.Number = numbers.Number, types.SimpleNamespace(register=found.__getitem__)
    try:
        load("_decimal")
    except Exception:
        pass
    finally:
        numbers.Number = number
    return bool(found)
"""


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\ntrusted = @stdlib\n[modules from plugin]\nos = deny\n")
    place.files({
        "plugin.py": PLUGIN,
        "lends.py": "import os\ngot = os\n",
        "other.py": "got = None\ntry:\n    import os as got\nexcept ImportError:\n    pass\n",
    })
    return place


@pytest.mark.parametrize("how", ["honestly", "again"])
def test_what_was_found_asks_for_itself(place, how):
    done = place.install("import plugin\nprint(plugin.%s().got.__name__)\n" % how)
    assert done.out == "os\n", done.err
    assert not [record for record in done.records if record["event"] == "tamper"]


@pytest.mark.parametrize("how", ["by_code", "by_path"])
def test_what_was_put_in_its_place_asks_for_whoever_had_it_imported(place, how):
    done = place.install("""
        import plugin
        import lends, other
        try:
            print(plugin.%s().got)
        except ImportError as error:
            print(error.importer)
        """ % how)
    assert done.out in ("plugin\n", "None\n"), done.err
    denied = done.attempts("os", verdict="deny")
    assert "plugin" in denied[0]["through"]


def test_the_standard_librarys_name_is_lent_to_nobody(place):
    done = place.install("""
        import sys
        import plugin
        import marshal
        before, marshal.loads = marshal.loads, plugin.evil
        sys.modules.pop("colorsys", None)
        try:
            import colorsys
        except ImportError as error:
            print(error.importer)
        finally:
            marshal.loads = before
        """)
    assert done.out == "None\n", done.err
    assert [record["name"] for record in done.records if record["event"] == "tamper"] \
        == ["importlib"]


def test_an_extension_imports_what_it_is_known_to(place):
    place.policy("default = allow\ntrusted = @stdlib\n"
                 "[modules from plugin]\nnumbers = deny\ncollections.abc = deny\n")
    done = place.install("import plugin\nprint(plugin.extension().Decimal(1))\n")
    assert done.out == "1\n", done.err


@pytest.mark.parametrize("name, told", [("os", "False"), ("colorsys", "True")])
def test_what_an_extension_is_made_to_import_is_asked_for_by_whoever_loads_it(
        place, name, told):
    done = place.install("import plugin\nprint(plugin.extension_calls(%r))\n" % name)
    assert done.out == told + "\n", done.err


@pytest.mark.parametrize("left", [
    "import logging; logging._handlerList.append(run)",
    "import multiprocessing.util as util; util.Finalize(None, run, exitpriority=1)",
    "import sys, types; sys.stdout = types.SimpleNamespace(flush=run, write=len)",
])
def test_what_is_left_for_the_end_of_the_process_has_nobody_to_speak_for_it(place, left):
    place.write("left.py", """
        import functools, importlib
        run = functools.partial(list, map(importlib.import_module, ["os"]))
        %s
        """ % left)
    done = place.install("import left\n")
    assert done.attempts("os", verdict="deny"), done.err


def test_an_exception_is_shown_at_the_end_with_its_line(place):
    place.policy("default = allow\ntrusted = @stdlib\n"
                 "[modules from plugin]\n@stdlib.files = deny\n@stdlib.meta = deny\n")
    done = place.install("def fail():\n    raise ValueError('shown')\nfail()\n")
    assert "    raise ValueError('shown')\n" in done.err
    assert done.err.endswith("\nValueError: shown\n")
    assert not [record for record in done.records if record.get("verdict") == "deny"]
