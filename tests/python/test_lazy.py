# SPDX-License-Identifier: Apache-2.0
# covers: python/attempt/denied.c
"""A package with `closure` that imports by a text: whose import it is, and which line allows it."""

import pytest

import guarded

POLICY = guarded.CLOSED + guarded.dedent("""
    tool = allow closure
    hidden = deny
""")

LAZY = """
    from importlib import import_module
    _lazy = {"Thing": "core", "Hidden": "hidden"}
    def __getattr__(name):
        if name not in _lazy:
            raise AttributeError(name)
        return import_module(_lazy[name]).Thing
"""

LINE = ' (tool, which has closure, imports it at its request: "core = allow closure" in [modules] allows that)'


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.policy(POLICY)
    place.write("tool/__init__.py", LAZY)
    place.write("core.py", "import deeper\nThing = 3\n")
    place.write("deeper.py", "")
    place.write("hidden.py", "Thing = 4\n")
    return place


USE = """
    try:
        from tool import %s as found
        print(found)
    except ImportError as error:
        print(error)
"""


def test_the_refusal_says_which_line_allows_it(place):
    done = place.install(USE % "Thing")
    assert LINE in done.out and "denied to __main__, no rule covers it" in done.out, done.out + done.err


def test_the_line_that_it_says_is_enough(place):
    place.policy(POLICY + "core = allow closure\n")
    assert place.install(USE % "Thing").out == "3\n"


def test_one_that_a_rule_denies_gets_no_such_advice(place):
    done = place.install(USE % "Hidden")
    assert "denied" in done.out and "closure" not in done.out, done.out + done.err


def test_what_the_program_asks_for_itself_gets_none(place):
    done = place.install("import tool\ntry:\n    import core\nexcept ImportError as error:\n    print(error)\n")
    assert "denied to __main__" in done.out and "closure" not in done.out, done.out + done.err


@pytest.mark.workers
def test_in_a_worker_too(place):
    place.policy(POLICY + "plug = sandbox:strict\n")
    place.write("plug.py", USE.replace("print", "said.append").replace("    try:", "    said = []\n    try:", 1) % "Thing")
    done = place.install("import plug\nprint(plug.said[0])\n")
    assert LINE in done.out and "denied to plug" in done.out, done.out + done.err
    place.policy(POLICY + "plug = sandbox:strict\ncore = allow closure\n")
    assert place.install("import plug\nprint(plug.said[0])\n").out == "3\n"
