# SPDX-License-Identifier: Apache-2.0
"""Modules whose body a loader of somebody's own executes."""

import pytest

from guarded import Place

# As pytest has it: a finder in front that executes what it read itself.
REWRITER = """\
import importlib.abc
import importlib.machinery
import sys


class Loader(importlib.machinery.SourceFileLoader):
    def exec_module(self, module):
        with open(self.path) as file:
            source = file.read()
        code = compile(source, self.path, "exec")
        exec(code, module.__dict__)


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if not name.startswith("test_"):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        spec.loader = Loader(name, spec.origin)
        return spec


sys.meta_path.insert(0, Finder())
"""
POLICY = """\
trusted = @stdlib
cached = all
[modules]
rewriter = allow closure
test_one = allow
[modules from __main__]
importlib = allow
[modules from test_one]
wave = allow
"""


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.policy(POLICY)
    place.files({"rewriter.py": REWRITER})
    return place


def test_the_module_is_the_importer_and_its_loader_must_be_allowed_too(place):
    place.files({"test_one.py": "import wave\n\n\ndef late():\n    import wave\n"})
    place.files({"main.py": "import rewriter\nimport test_one\ntest_one.late()\n"})
    done = place.run("main.py")
    assert (done.code, done.err) == (0, "")
    found = done.attempts("wave", importer="test_one")
    assert [r["line"] for r in found] == [1, 5]
    assert {r["through"].split()[0] for r in found} == {"rewriter"}


def test_what_the_module_is_not_allowed_is_denied(place):
    place.files({"test_one.py": "import socket\n", "main.py": "import rewriter\nimport test_one\n"})
    done = place.run("main.py")
    assert "No module named 'socket': denied to test_one" in done.err
    assert done.attempts("socket", importer="test_one", verdict="deny")


def test_what_the_loader_is_not_allowed_is_denied(place):
    place.policy(POLICY.replace("rewriter = allow closure", "rewriter = allow")
                 + "[modules from rewriter]\nimportlib = allow\nsys = allow\n")
    place.files({"test_one.py": "import wave\n", "main.py": "import rewriter\nimport test_one\n"})
    done = place.run("main.py")
    assert "No module named 'wave': denied to rewriter" in done.err


def test_a_body_that_imports_by_name_asks_for_itself(place):
    place.files({
        "test_one.py": "import importlib\nimportlib.import_module('wave')\n",
        "main.py": "import rewriter\nimport test_one\n",
    })
    place.policy(POLICY + "importlib = allow\n")
    done = place.run("main.py")
    assert (done.code, done.err) == (0, "")
    record, = done.attempts("wave")
    # not the program, which asked for test_one only
    assert record["importer"] == "test_one"


PLUGIN = """\
import importlib.machinery
import sys


class Module(str):
    __slots__ = ("__dict__",)


class Loader:
    def create_module(self, spec):
        return {create}

    exec_module = {execute}


class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "lib.evil":
            return importlib.machinery.ModuleSpec(name, Loader(), origin=__file__)


sys.meta_path.insert(0, Finder())
import lib.evil
"""
EVIL = "import socket"
DEPUTIES = {
    "its_own": ("None", "lambda self, module: exec(%r, module.__dict__)" % EVIL),
    "of_the_standard_library": ("Module(%r)" % EVIL, "__import__('bdb').Bdb().run"),
    "of_another_package": ("Module(%r)" % EVIL, "staticmethod(__import__('lib').run)"),
}


@pytest.mark.parametrize("kind", sorted(DEPUTIES))
def test_a_plugin_that_loads_in_the_name_of_another_gains_nothing(tmp_path, kind):
    place = Place(tmp_path)
    place.policy(
        "trusted = @stdlib\n[modules]\nlib = allow closure\nplugin = allow\n"
        "[modules from plugin]\nimportlib = allow\nsys = allow\nbdb = allow\nsocket = deny\n"
    )
    create, execute = DEPUTIES[kind]
    place.files({
        "main.py": "import plugin\n",
        "lib/__init__.py": "def run(code):\n    exec(code, {'__name__': 'lib.evil'})\n",
        "plugin.py": PLUGIN.format(create=create, execute=execute),
    })
    done = place.run("main.py")
    assert done.code == 1
    assert "No module named 'socket'" in done.err
    assert done.attempts("socket", verdict="deny")
    assert not done.attempts("socket", verdict="allow")


def test_what_importlib_imports_is_its_own_business(tmp_path):
    place = Place(tmp_path)
    place.policy("trusted = @stdlib\ncached = all\n[modules from __main__]\nimportlib = allow\n")
    place.files({"main.py": "import importlib, importlib.util\n"
                            "importlib.util.decode_source(b'x = 1')\n"})
    done = place.run("main.py")
    assert (done.code, done.err) == (0, "")
    asked = {(r["name"], r.get("importer")) for r in done.attempts()
             if r["reason"] != "startup"}
    assert ("importlib", "__main__") in asked
    assert ("tokenize", "importlib") in asked
    assert {name for name, who in asked if who == "__main__"} == {"importlib", "importlib.util"}
