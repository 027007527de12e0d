# SPDX-License-Identifier: Apache-2.0
"""What C code asks for where importlib calls it, and what importlib itself asks for.

The attacks are tests/bypass/attacks/planted_*.py; here is what must not be
taken for one: the host's own imports, by every way that there is.
"""

# covers: python/asks/mark.c, python/asks/planted.c, python/asks/spelled.c

import json
import os

import pytest

from guarded import Place

# Each is restricted for somebody, so that who asks is looked at: unknown code
# is denied it, the host is not.
POLICY = """
default = allow
trusted = @stdlib
[modules from plug]
_bisect = deny
unicodedata = deny
_colour = deny
bisect = deny
colorsys = deny
posix = deny
posixpath = deny
pack = deny
xml = deny
zipped = deny
"""

# `slow` has importlib do it all; a finder more does that, too, and is asked.
ROUTES = {
    "in C": "",
    "by importlib": """
        class Finder:
            def find_spec(self, name, path=None, target=None):
                return None
        import sys
        sys.meta_path.append(Finder())
    """,
    "by importlib in Python": """
        import importlib, builtins
        builtins.__import__ = importlib.__import__
    """,
}

WAYS = {
    "statement": "import xml.dom.minidom, colorsys",
    "from": "from xml.dom import minidom",
    "star": "from pack import *",
    "dunder": "__import__('xml.dom', fromlist=['minidom'])",
    "import_module": "importlib.import_module('xml.dom.minidom')",
    "relative": "importlib.import_module('.minidom', 'xml.dom')",
    "relative_dunder": "__import__('below', {'__package__': 'pack'}, None, ['x'], 1)",
    "importlib_dunder": "importlib.__import__('xml.dom', fromlist=['minidom'])",
    "alias": "importlib.import_module('os.path')",
    "alias_statement": "import os.path",
    "alias_in_modules": "sys.modules['other'] = sys; importlib.import_module('other')",
    "find_spec": "importlib.util.find_spec('xml.dom.minidom')",
    "find_spec_relative": "importlib.util.find_spec('.dom.minidom', 'xml')",
    "reload": "import colorsys; importlib.reload(colorsys)",
    "reload_a_child": "import xml.dom; importlib.reload(xml.dom)",
    "by_map": "list(map(importlib.import_module, ['xml.dom', 'colorsys']))",
    "by_map_of_statements": "list(map(__import__, ['xml.dom', 'colorsys']))",
    "builtin": "importlib.machinery.BuiltinImporter.load_module('posix')",
    "builtin_by_steps": """
        spec = importlib.util.find_spec('posix')
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    """,
    "source_by_steps": """
        spec = importlib.util.find_spec('colorsys')
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    """,
    "code_by_steps": """
        spec = importlib.util.find_spec('colorsys')
        exec(spec.loader.get_code('colorsys'), {})
    """,
    "extension_by_steps": """
        spec = importlib.util.find_spec('_bisect')
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    """,
    "load_module": """
        import warnings
        warnings.simplefilter('ignore')
        spec = importlib.util.find_spec('colorsys')
        spec.loader.load_module('colorsys')
    """,
    "extension": "import bisect",
    "resolve_name": "import pkgutil; pkgutil.resolve_name('xml.dom.minidom:parse') "
                    "if hasattr(pkgutil, 'resolve_name') else None",
    "walk": "import pkgutil, xml; list(pkgutil.walk_packages(xml.__path__, 'xml.'))",
    "run_module": "import runpy; runpy.run_module('pack.other')",
    "lazy": """
        spec = importlib.util.find_spec('colorsys')
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules['colorsys'] = module
        spec.loader.exec_module(module)
        module.rgb_to_hls
    """,
    "zip": """
        import zipfile
        with zipfile.ZipFile('z.zip', 'w', zipfile.ZIP_DEFLATED) as file:
            file.writestr('zipped/__init__.py', 'import colorsys, xml.dom\\n')
        sys.path.insert(0, 'z.zip')
        import zipped
    """,
    "lazy_attribute": "from pack.lazy import colour",
    "names_of_characters": """
        with open('dash.py', 'w') as file:
            file.write('dash = "\\\\N{EM DASH}"\\n')
        import dash
    """,
    "search_of_codecs": "''.encode('idna'), b''.decode('cp037')",
    "thread": """
        import threading
        thread = threading.Thread(target=importlib.import_module, args=['xml.dom'])
        thread.start()
        thread.join()
        sys.modules['xml.dom']
    """,
    "finder_that_imports": """
        class Finds:
            def find_spec(self, name, path=None, target=None):
                if name == 'nothing_of_the_kind':
                    importlib.import_module('xml.dom')
                    import colorsys
        sys.meta_path.insert(0, Finds())
        importlib.util.find_spec('nothing_of_the_kind')
        try:
            import nothing_of_the_kind
        except ImportError:
            pass
        sys.modules['colorsys']
    """,
    "hook_that_imports": """
        def hook(path):
            if path == '/nowhere':
                importlib.import_module('xml.dom')
            raise ImportError
        sys.path_hooks.insert(0, hook)
        sys.path.append('/nowhere')
        try:
            import nothing_of_the_kind
        except ImportError:
            pass
        sys.modules['xml.dom']
    """,
    "loader_that_imports": """
        class Loads:
            def create_module(self, spec):
                importlib.import_module('xml.dom')
            def exec_module(self, module):
                import colorsys
        class Finds:
            def find_spec(self, name, path=None, target=None):
                if name == 'made':
                    return importlib.util.spec_from_loader(name, Loads())
        sys.meta_path.insert(0, Finds())
        import made
        sys.modules['colorsys']
    """,
    "finder_in_c": """
        import functools, importlib.machinery, types
        sys.meta_path.insert(0, types.SimpleNamespace(find_spec=functools.partial(
            dict.get, {})))
        del sys.meta_path[0]
        sys.meta_path.append(types.SimpleNamespace(
            find_spec=importlib.machinery.PathFinder.find_spec))
        sys.path_hooks.insert(0, int('1').__add__ and zipimport.zipimporter)
        import xml.dom.minidom
    """,
}

# Not for everybody, but for nobody denied either: C code gets it.
PLANTED_FREE = """
    import collections, functools, importlib, sys, types
    got = []
    once = functools.partial(got.extend, map(importlib.import_module, ['sched', 'json.tool']))
    sys.meta_path.insert(0, types.SimpleNamespace(find_spec=functools.partial(
        print, file=types.SimpleNamespace(
            write=collections.defaultdict(once).__getitem__))))
    import xml.dom
    import json
    print(json.dumps([module.__name__ for module in got]))
"""


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    made.policy(POLICY)
    made.files({
        "pack/__init__.py": "__all__ = ['below']\n",
        "pack/below.py": "x = 1\nfrom . import other\n",
        "pack/other.py": "",
        "pack/lazy.py": """
            def __getattr__(name):
                if name == 'colour':
                    import importlib
                    return importlib.import_module('colorsys')
                raise AttributeError(name)
        """,
    })
    return made


def script(*parts):
    from textwrap import dedent
    return "import importlib, importlib.machinery, importlib.util, sys, zipimport\n" + \
        "".join(dedent(part).strip("\n") + "\n" for part in parts)


@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("route", sorted(ROUTES))
def test_the_host_asks_for_itself(place, route, way):
    done = place.install(script(ROUTES[route], WAYS[way]))
    assert done.code == 0, done.err
    assert done.attempts(verdict="deny") == []


def test_what_is_denied_to_nobody_c_code_gets(place):
    done = place.install(script(PLANTED_FREE))
    assert done.code == 0, done.err
    assert sorted(json.loads(done.out)) == ["json.tool", "sched"]


PLANTED = """
    import collections, functools, importlib, sys, types
    sys.meta_path.insert(0, types.SimpleNamespace(find_spec=functools.partial(
        print, file=types.SimpleNamespace(write=collections.defaultdict(
            functools.partial(%s, 'colorsys')).__getitem__))))
    import sched
"""


@pytest.mark.parametrize("ask", ["__import__", "importlib.import_module",
                                 "importlib.util.find_spec"])
@pytest.mark.parametrize("route", sorted(ROUTES))
def test_unknown_code_asks_beside_the_host(place, route, ask):
    done = place.install(script(ROUTES[route], PLANTED % ask))
    assert "ImportDenied" in done.err
    assert "denied to unknown code" in done.err
    # more than one where a traceback imports what shows it
    assert {one["name"] for one in done.attempts(verdict="deny")} == {"colorsys"}


INVALIDATED = """
    import functools, importlib, sys, types
    finder = types.SimpleNamespace(
        find_spec=lambda *args: None, invalidate_caches=functools.partial(%s, 'colorsys'))
    sys.%s
    importlib.invalidate_caches()
"""


@pytest.mark.parametrize("ask", ["__import__", "importlib.import_module"])
@pytest.mark.parametrize("where", ["meta_path.append(finder)",
                                   "path_importer_cache['/nowhere'] = finder"])
def test_invalidating_caches_imports_nothing(place, where, ask):
    done = place.install(script(INVALIDATED % (ask, where)))
    assert "denied to unknown code" in done.err
    assert {one["name"] for one in done.attempts(verdict="deny")} == {"colorsys"}


PATH_IN_C = """
    import concurrent, concurrent.futures, functools, itertools, operator, sys, types
    answers = itertools.chain(map(operator.itemgetter(1), zip(
        map(__import__, ['colorsys']), itertools.repeat([]))), itertools.repeat([]))
    class Module(types.ModuleType):
        __path__ = property(functools.partial(next, answers))
    module = Module('concurrent')
    module.futures = concurrent.futures
    sys.modules['concurrent'] = module
    from concurrent import futures
"""


def test_the_path_of_a_loaded_module_imports_nothing(place):
    done = place.install(script(PATH_IN_C))
    assert "denied to unknown code" in done.err
    assert {one["name"] for one in done.attempts(verdict="deny")} == {"colorsys"}


RENAMES = """
    import collections, functools, os, sys, types
    open('from', 'w').close()
    sys.meta_path.insert(0, types.SimpleNamespace(find_spec=functools.partial(
        print, file=types.SimpleNamespace(write=collections.defaultdict(
            functools.partial(os.rename, 'from', 'to')).__getitem__))))
    import again
"""


def test_importlib_writes_its_cache_and_a_finder_renames_nothing(place):
    place.policy(POLICY + "[events from plug]\nos.rename = deny\n")
    place.files({"written.py": ""})
    done = place.install(script("sys.dont_write_bytecode = False", "import written"))
    assert done.code == 0, done.err
    assert [name for name in os.listdir(os.path.join(place.folder, "__pycache__"))
            if name.startswith("written")]
    place.files({"again.py": ""})
    done = place.install(script(RENAMES))
    assert "EventDenied" in done.err
    assert os.path.exists(os.path.join(place.folder, "from"))
