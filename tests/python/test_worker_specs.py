# SPDX-License-Identifier: Apache-2.0
# covers: worker/spec.c
"""What a worker says of modules is what CPython says of the same ones."""

import sys

import pytest

import guarded

pytestmark = pytest.mark.workers

POLICY = guarded.dedent("""
    default = allow
    trusted = @stdlib

    [modules]
    plugins = allow
    plugins.* = sandbox:%s
""")

FILES = {
    "plugins/__init__.py": "",
    "plugins/a/__init__.py": """
        import importlib, importlib.util, runpy, sys
        lines = []
        def told(*what):
            lines.append(repr(what))
        def told_of(function):
            try:
                told(function())
            except Exception as e:
                told(type(e).__name__, str(e))
        def check(text):
            exec(text, globals())
            return lines
    """,
    "plugins/a/b.py": "value = __name__\n",
    "plugins/a/_os.py": "value = 2\n",
}

# Modules that are kept ready in the zygote of one profile or the other, and such that are not.
NAMES = "os", "json", "json.decoder", "collections", "string", "sys", "zipimport", "random", "plugins.a.b", "csv"

CHECKS = {
    "specs": """
        for name in %r:
            spec = importlib.util.find_spec(name)
            folders = spec.submodule_search_locations
            told(spec.name, spec.origin, spec.has_location, spec.parent, spec.cached, folders and list(folders))
    """ % (NAMES,),
    "modules of them": """
        for name in %r:
            module = importlib.util.module_from_spec(importlib.util.find_spec(name))
            told(str(module), module.__name__, module.__spec__.origin, hasattr(module, "__path__"))
            module.__spec__.loader.exec_module(module)
            told(len(vars(module)) > 5, importlib.import_module(name).__name__)
            told(str(sys.modules[name]), sys.modules[name].__spec__.origin)
    """ % (NAMES,),
    "specs of what is loaded": """
        for name in %r:
            module = importlib.import_module(name)
            told(str(module), importlib.util.find_spec(name).origin, module.__spec__.has_location)
            told(str(importlib.reload(module)))
    """ % (NAMES[:5],),
    "lazy modules": """
        for name in "json", "string", "collections", "plugins.a.b":
            spec = importlib.util.find_spec(name)
            spec.loader = importlib.util.LazyLoader(spec.loader)
            module = sys.modules[name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            told(module.__name__, sorted(vars(module))[-1], type(module).__name__)
    """,
    "lists of names": """
        for names in [""], ("",), ["decoder", ""], "ab", ["nosuch"], ("decoder", "nosuch"), [1], ("*", ""):
            told_of(lambda: __import__("json", fromlist=names).__name__)
            told_of(lambda: __import__("", globals(), None, names, 1).__name__)
        told_of(lambda: __import__("json."))
        told_of(lambda: importlib.import_module("json..decoder"))
    """,
    "relative ones": """
        from . import _os, b as c
        told(_os.value, c.value)
        def missing():
            from . import nosuch
        told_of(missing)
    """,
    "run as programs": """
        told(runpy.run_module("plugins.a.b")["value"])
        told(runpy.run_module("plugins.a._os", run_name="other")["__name__"])
        told_of(lambda: runpy.run_module("plugins.a.nosuch"))
    """,
    "the package above": """
        spec = importlib.util.find_spec("plugins")
        told(spec.name, spec.parent, type(spec.submodule_search_locations).__name__)
        told(sys.modules["plugins"].__package__)
    """,
}


def lines_of(done, folder):
    assert done.out.strip(), done.err
    return done.out.replace(str(folder), "FOLDER").splitlines()


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.files(FILES)
    return place


ASK = "import plugins.a\nprint(*plugins.a.check(%r), sep='\\n')\n"


def plain(place, check):
    place.write("plain.py", ASK % check)
    return place.spawn([sys.executable, place.path("plain.py")])


@pytest.mark.parametrize("profile", ["strict", "agent"])
@pytest.mark.parametrize("what", CHECKS)
def test_it_is_as_in_cpython(place, what, profile):
    place.policy(POLICY % profile)
    check = guarded.dedent(CHECKS[what])
    mine = lines_of(place.install(ASK % check), place.folder)
    assert mine == lines_of(plain(place, check), place.folder)


def test_a_name_of_a_package_that_is_refused_says_so(place):
    place.policy(POLICY % "agent" + "\n[modules from plugins.a]\ncsv = deny\nxml.dom = deny\n")
    place.write("plugins/d.py", "")
    done = place.install(ASK % guarded.dedent("""
        def beside():
            from .. import d
        def library():
            from xml import dom, sax
        def both():
            from . import b, nosuch
        for function in beside, library, both:
            told_of(function)
    """))
    lines = done.out.splitlines()
    assert len(lines) == 3, done.err
    assert "No module named 'plugins.d': it is sandbox:agent, and cannot be imported by plugins.a" in lines[0]
    assert "'ModuleNotFoundError'" in lines[1] and "'xml.dom\\': denied to plugins.a by" in lines[1]
    assert "cannot import name 'nosuch' from 'plugins.a'" in lines[2]
