# SPDX-License-Identifier: Apache-2.0
"""A record says the line of the statement, as a traceback would."""

# covers: python/asks/line.c, python/asks/frame.c, python/object/seen.c, python/attempt/attempt.c, python/attempt/known.c

import random

import pytest

from guarded import Place


@pytest.fixture
def place(tmp_path):
    made = Place(tmp_path)
    made.policy("default = allow\n")
    return made


def padding(dice):
    """What makes the tables of lines interesting."""
    return dice.choice([
        "", "\n", "\n" * 7, "\n" * 200, "x = (1,\n     2,\n\n     3)\n",
        "y = [n for n in range(3)\n     if n]\n", "'''text\n\n'''\n",
        "z = %s\n" % "+".join("x[%d]" % (n % 2) for n in range(60)),
        "def f():\n    return (1 +\n            2)\n",
        "for n in range(2):\n    x = (n,\n         n)\n",
        "w = %d\n" % dice.randrange(10 ** 9),
        "class C:\n    a = 1\n\n    def m(self): pass\n",
        "x = (1, %s2)\n" % (" " * 300),
    ])


def source(dice):
    """A module, and where it imports what: {name: line}."""
    text, lines = "x = (1, 2)\n", {}
    for number in range(40):
        text += padding(dice)
        name = "m%d" % number
        form = dice.choice([
            "import {0}\n", "if x: import {0}\n", "def g():\n    import {0}\ng()\n",
            "try:\n    import {0}\nfinally:\n    pass\n", "from {0} import (\n    a,\n)\n",
            "for n in (1,\n          ):\n    import {0}\n", "x; import {0}; x\n",
            "with open('/dev/null') as n:\n    import {0}\n"])
        lines[name] = text.count("\n") + 1 + form.split("{0}")[0].count("\n")
        text += form.format(name)
    return text, lines


@pytest.mark.parametrize("seed", range(6))
def test_each_record_has_the_line_of_its_statement(place, seed):
    text, lines = source(random.Random(seed))
    for name in lines:
        place.write(name + ".py", "a = 1\n")
    place.write("plug.py", text)
    # a second module finds all of them loaded
    place.write("again.py", text)
    done = place.install("import plug, again\n")
    assert done.code == 0, done.err
    for who in "plug", "again":
        told = {r["name"]: r["line"] for r in done.records
                if r.get("importer") == who and r["name"] in lines}
        assert told == lines


def test_a_pair_is_recorded_once_and_each_of_a_thousand_is(place):
    names = ["m%d" % number for number in range(1000)]
    place.write("ask.py", "import types, sys\nfor name in %r:\n"
                          "    sys.modules[name] = types.ModuleType(name)\n" % names)
    plug = "".join("import %s\n" % name for name in names) * 2
    place.write("plug.py", plug)
    place.write("other.py", plug)
    done = place.install("import ask, plug, other\n")
    assert done.code == 0, done.err
    told = [(r["importer"], r["name"]) for r in done.records
            if r["event"] == "import" and r["name"] in names]
    assert len(told) == 2000
    assert sorted(told) == sorted((who, name) for who in ("plug", "other") for name in names)
