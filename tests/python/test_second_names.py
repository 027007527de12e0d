# SPDX-License-Identifier: Apache-2.0
"""os.path is posixpath: a rule for os is a rule for it, and explain says what happens."""

# covers: python/attempt/attempt_cached.c

import pytest

import guarded
from clitool import run

WAYS = {
    "statement": "import os.path; print(os.path.join('a', 'b'))",
    "from": "from os import path; print(path.join('a', 'b'))",
    "as": "import os.path as p; print(p.join('a', 'b'))",
    "from the module": "from os.path import join; print(join('a', 'b'))",
    "twice": "import os.path, os.path; from os import path; print(path.join('a', 'b'))",
    "dunder": "print(__import__('os.path').path.join('a', 'b'))",
    "import_module": "import importlib; print(importlib.import_module('os.path').join('a', 'b'))",
}

POLICY = """
trusted = @stdlib
[modules]
os = allow
importlib = allow
sys = allow
stockade = allow closure
"""


@pytest.fixture
def place(tmp_path):
    made = guarded.Place(tmp_path)
    made.policy(POLICY)
    return made


def explained(place, name):
    return run("explain", place.path("policy.ini"), name).returncode


@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("how", ["install", "run"])
def test_a_rule_for_os_allows_its_path(place, how, way):
    done = place.install(WAYS[way]) if how == "install" else place.run("-c", WAYS[way])
    assert done.code == 0, done.err
    assert done.out == "a/b\n"
    assert explained(place, "os.path") == 0
    assert explained(place, "posixpath") == 1


def test_below_a_package(place):
    place.policy(POLICY + "xml = allow\n")
    done = place.run("-c", "import xml.parsers.expat.errors, xml.parsers.expat.model as m")
    assert done.code == 0, done.err
    assert explained(place, "xml.parsers.expat.errors") == 0
    assert "denied" in place.run("-c", "import pyexpat").err


@pytest.mark.parametrize("line, rule", [
    ("[modules from __main__]\nposixpath = deny\n", "posixpath = deny"),
    ("[modules from __main__]\nposix* = deny\n", "posix* = deny"),
    ("[forbidden]\nposixpath = no\n", "posixpath = no"),
    ("[forbidden]\nposix* = no\n", "posix* = no"),
])
def test_a_deny_of_its_own_name_holds(place, line, rule):
    place.policy(POLICY + line)
    for way in sorted(WAYS):
        done = place.run("-c", WAYS[way])
        assert "ImportDenied" in done.err, way
    answer = run("explain", place.path("policy.ini"), "os.path", "--from", "__main__")
    assert answer.returncode == 1
    assert "os.path is posixpath, which is" in answer.stdout
    assert rule in answer.stdout


@pytest.mark.parametrize("planted", [
    "import sys; sys.modules['os.path'] = sys.modules['posix']; import os.path",
    "import sys, os; os.path = sys.modules['posix']; from os import path",
    "import sys, os; os.path = sys.modules['posix']; import os.path as p",
    "import sys, os; sys.modules['os.other'] = sys.modules['posixpath']; import os.other",
    "import sys, os; os.other = sys.modules['posixpath']; from os import other",
    "import sys, os; sys.modules['os.path'] = m = type(sys)('posixpath'); import os.path",
    "import sys, os; os.path = type(sys)('posixpath'); from os import path",
])
def test_nothing_else_goes_by_that_name(place, planted):
    done = place.run("-c", planted)
    assert "ImportDenied: No module named 'posix" in done.err


def test_nor_where_os_path_itself_is_denied(place):
    place.policy(POLICY + "os.path = deny\n")
    done = place.run("-c", "import sys, os; del sys.modules['os.path']; from os import path")
    assert "ImportDenied" in done.err


@pytest.mark.workers
@pytest.mark.parametrize("way", sorted(WAYS))
def test_in_a_worker(place, way):
    place.policy(POLICY)
    done = place.install("""
        with _guard.sandbox("agent") as box:
            print(box.run(%r).output, end="")
    """ % WAYS[way])
    assert done.code == 0, done.err
    assert done.out == "a/b\n"
