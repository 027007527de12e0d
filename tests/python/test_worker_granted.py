# SPDX-License-Identifier: Apache-2.0
# covers: worker/granted.c
# covers: worker/importfn.c
# covers: worker/library.c
# covers: worker/who.c
"""What is loaded in a worker already is no permission for its plugin."""

import pytest

import guarded
import workerplace

pytestmark = pytest.mark.workers

POLICY = workerplace.DENYING + guarded.dedent("""
    helper = allow

    [modules from plugins.reports]
    tempfile = allow
    json = allow
    xml = allow
    importlib = allow
    random = allow
    datetime = allow
    pickle = allow
    helper = allow
    * = deny
""")


@pytest.fixture
def place(tmp_path):
    return workerplace.make(tmp_path, POLICY)


def plugin(place, body, calls):
    place.write("plugins/reports.py", body)
    return workerplace.ask(place, calls)


def of_plugin(done, name):
    return [record for record in done.attempts(name, importer="plugins.reports") if record.get("sandbox")]


WAYS = {
    "import": "import os",
    "as": "import os as o",
    "from": "from os import sep",
    "dotted": "import os.path",
    "from package": "from os import path",
    "__import__": "__import__('os')",
    "__import__ with keywords": "__import__(name='os', level=0)",
    "import_module": "import importlib; importlib.import_module('os')",
    "find and load": "import importlib; importlib._bootstrap._gcd_import('os')",
    "find and load by a text of its own":
        "import importlib; importlib._bootstrap._gcd_import(type('T', (str,), {})('os'))",
    "relative to a package by its name": "__import__('', {'__name__': 'os', '__path__': []}, None, ['sep'], 1)",
    "relative to a package by the name of a module":
        "__import__('', {'__name__': 'os.x', '__package__': None}, None, ['sep'], 1)",
    "relative to a package by its spec":
        "exec('from . import sep', {'__name__': 'x', '__spec__': type('Spec', (), {'parent': 'os'})})",
    "relative to a package of a text of its own":
        "exec('from . import sep', {'__name__': 'x', '__package__': type('T', (str,), {})('os')})",
    "alias": "from tempfile import _os",
    "exec": "exec('import os')",
    "no name": "exec('import os', {})",
    "C code": "import pickle; pickle.loads(b'cos\\ngetcwd\\n.')",
}


@pytest.mark.parametrize("way", sorted(WAYS))
def test_what_the_library_has_loaded_is_denied_to_the_plugin(place, way):
    done = plugin(place, """
        import tempfile
        def f():
            %s
            return "there"
        def other():
            return tempfile.gettempprefix()
    """ % WAYS[way], [("f",), ("f",), ("other",)])
    lines = done.out.splitlines()
    assert lines[0] in ("denied os", "denied os.path"), (done.out, done.err)
    assert lines[1:] == [lines[0], "tmp"]
    records = of_plugin(done, lines[0][7:])
    assert records and {(r["verdict"], r["outcome"], r["reason"]) for r in records} == {
        ("deny", "refused", "importer")}


def test_what_is_allowed_is_asked_for_once(place):
    place.policy(POLICY.replace("* = deny", "os = allow\n* = deny"))
    done = plugin(place, """
        import tempfile
        def f():
            for i in range(50):
                import os
                from os import path, sep
                import os.path
            return os.sep + path.join("a", "b")
    """, [("f",), ("f",)])
    assert done.out == "/a/b\n/a/b\n", done.err
    record, = of_plugin(done, "os")
    assert (record["verdict"], record["outcome"], record["reason"], record["sandbox"]) == (
        "allow", "cached", "importer", "strict")
    record, = of_plugin(done, "os.path")
    assert record["outcome"] == "cached"


@pytest.mark.parametrize("cached, n", [("first", 1), ("all", 1), ("none", 0)])
def test_cached_is_the_policys(place, cached, n):
    place.policy("cached = %s\n" % cached + POLICY.replace("* = deny", "os = allow\n* = deny"))
    done = plugin(place, "import tempfile\ndef f():\n    import os\n    return os.sep\n", [("f",), ("f",)])
    assert done.out == "/\n/\n", done.err
    assert len(of_plugin(done, "os")) == n


def test_what_the_library_imports_for_itself_is_not_asked_for_again(place):
    done = plugin(place, """
        import tempfile, json, random, xml.dom
        def f():
            return "there"
    """, [("f",)])
    assert done.out == "there\n", done.err
    asked = [(r["importer"], r["name"]) for r in done.attempts() if r.get("sandbox")]
    assert len(asked) == len(set(asked))
    # modules that one of them had loaded before the next wanted them
    assert [r for r in done.attempts("os") if r.get("sandbox")][1:] == []


def test_what_its_functions_import_when_they_are_called_is_its_own(place):
    place.write("helper.py", "def day():\n    import datetime\n    return datetime.date(2020, 1, 2).strftime('%Y')\n")
    done = plugin(place, """
        import datetime, helper
        def f():
            return datetime.date(2020, 1, 2).strftime("%Y"), helper.day()
        def g():
            import time
    """, [("f",), ("g",)])
    assert done.out == "('2020', '2020')\ndenied time\n", done.err


def test_modules_of_others_import_as_the_plugin(place):
    place.write("helper.py", "import tempfile\ndef f():\n    import os\n    return os.sep\n")
    done = plugin(place, "import helper\ndef f():\n    return helper.f()\n", [("f",)])
    assert done.out == "denied os\n", done.err
    assert of_plugin(done, "os")


def test_a_module_that_was_put_there_by_hand(place):
    done = plugin(place, """
        import sys
        def mine():
            sys.modules["invented"] = 1
            import invented
        def own():
            sys.modules["plugins.reports.part"] = 3
            import plugins.reports.part
            return "own"
        def by_hand():
            import tempfile
            return sys.modules["os"].sep
    """, [("mine",), ("own",), ("by_hand",)])
    # the last is no import: there the kernel holds
    assert done.out == "denied invented\nown\n/\n", (done.out, done.err)


def test_a_module_without_a_name(place):
    place.write("helper.py", "")
    done = plugin(place, """
        import helper, tempfile
        helper.tempfile, helper.os = tempfile, tempfile._os
        del helper.__name__
        def f():
            from helper import tempfile as t
            return t is tempfile
        def g():
            from helper import os
    """, [("f",), ("g",)])
    assert done.out == "True\ndenied os\n", (done.out, done.err)


def test_every_worker_has_sys_and_its_namespace(place):
    done = plugin(place, """
        import sys, builtins, __main__
        def f():
            return len(sys.argv) < 2, builtins.len is len
    """, [("f",)])
    assert done.out == "(True, True)\n", (done.out, done.err)
    assert of_plugin(done, "sys") == []


def test_relative_imports_of_the_package(place):
    place.write("plugins/reports/__init__.py", """
        from . import one, two
        from .deep import down
        def f():
            from . import one, two
            from .deep.down import value
            from .. import reports
            import plugins.reports.two
            return one.value + two.value + value
    """)
    place.write("plugins/reports/one.py", "from . import two\nvalue = 1\n")
    place.write("plugins/reports/two.py", "from .deep.down import value as v\nvalue = v + 2\n")
    place.write("plugins/reports/deep/__init__.py", "")
    place.write("plugins/reports/deep/down.py", "from .. import two\nfrom ... import reports\nvalue = 4\n")
    done = place.install("import plugins.reports as r\nprint(r.f())\n")
    assert done.out == "11\n", (done.out, done.err)
    assert [r for r in done.attempts() if r["verdict"] == "deny"] == []


@pytest.mark.parametrize("statement, told", [
    ("__import__('json', level=-1)", "ValueError"), ("__import__('')", "ValueError"),
    ("__import__()", "TypeError"), ("__import__(1)", "TypeError"),
    ("__import__('json', name='json')", "TypeError"), ("__import__('json', nothing=1)", "TypeError"),
    ("__import__('json', None, None, (), 0, 1)", "TypeError"),
    ("__import__('json', level=1 << 80)", "OverflowError"), ("__import__('json', level='x')", "TypeError"),
    ("exec('from . import x', {})", "KeyError ImportError"),
    ("exec('from .... import x')", "ValueError ImportError"),
    ("__import__('json', None, None, [1])", "TypeError None"),
])
def test_what_is_no_import_is_what_python_says(place, statement, told):
    done = plugin(place, """
        import json
        def f():
            try:
                %s
            except Exception as error:
                return type(error).__name__
    """ % statement, [("f",)])
    assert done.out.strip() in told.split(), (done.out, done.err)


def test_a_string_of_code_is_told_what_it_was_denied(place):
    place.policy("extends = agent.ini\n[modules from __main__]\n@stdlib = allow\nstockade = allow\n_stockade = allow\n")
    place.write("agent.ini", open(guarded.os.path.join(guarded.ROOT, "policy", "agent.ini")).read())
    done = place.install("""
        box = _guard.sandbox("agent")
        try:
            box.run("import tempfile, os")
        except ImportError as error:
            print(str(error).split("'")[1], error.__cause__.result.denied)
        got = box.run("import tempfile\\ntry:\\n    import os\\nexcept ImportError:\\n    pass\\n1")
        print(got.value, got.denied)
    """)
    assert done.out == "os (('import', 'os'),)\n1 (('import', 'os'),)\n", (done.out, done.err)


@pytest.mark.parametrize("profile", ["strict", "agent"])
@pytest.mark.parametrize("statement, item, name", [
    ("from random import _os", "_os", "os"),
    ("from random import _os as o, choice", "o", "os"),
    ("from json import scanner", "scanner", None),
    ("from pickle import sys", "sys", None),
])
def test_a_module_that_another_has_lying_about_is_asked_for(place, profile, statement, item, name):
    """Also where that has it since before there was a plugin, and nobody else here."""
    place.policy(POLICY.replace("sandbox:strict", "sandbox:" + profile))
    done = plugin(place, """
        def f():
            %s
            return str(%s)
    """ % (statement, item), [("f",)])
    if name:
        assert done.out == "denied %s\n" % name
        assert [record["verdict"] for record in of_plugin(done, name)] == ["deny"]
    else:
        assert done.out.startswith("<module '")


def test_what_is_there_whatever_the_policy_says(place):
    done = plugin(place, """
        def f():
            found = []
            for name in ("sys", "builtins", "__main__", "_imp", "_io", "abc", "codecs", "encodings", "gc", "io",
                         "marshal", "posix", "_frozen_importlib", "_signal", "_thread", "_warnings", "zipimport"):
                try:
                    __import__(name)
                    found.append(name)
                except ImportError:
                    pass
            return " ".join(found)
    """, [("f",)])
    assert done.out == "sys builtins __main__\n", done.err
