# SPDX-License-Identifier: Apache-2.0
"""Files with names of the standard libraries of other Pythons, which this one has not."""

import sys

import pytest

from guarded import Place

# 3.8 and 3.9 have it, and no list of their own: any name of @stdlib is one of theirs
NAME = "formatter"

pytestmark = pytest.mark.skipif(sys.version_info < (3, 10), reason="has the module")


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.files({
        NAME + ".py": "try:\n    import socket\nexcept ImportError as error:\n    print(error.name)\n"
                      "else:\n    print('has it')\n",
        "main.py": "import %s\n" % NAME,
    })
    return place


def run(place, policy):
    place.policy(policy)
    return place.run(place.path("main.py"))


def test_a_rule_for_the_library_is_none_for_them(place):
    done = run(place, "default = deny\n[modules]\n@stdlib = allow\n")
    assert "stockade.ImportDenied: No module named '%s'" % NAME in done.err
    record, = done.attempts(NAME)
    assert (record["verdict"], record["reason"]) == ("deny", "shadowing")


@pytest.mark.parametrize("rules", ["default = allow\ntrusted = @stdlib\n[modules]\n",
                                   "default = deny\ntrusted = @stdlib\n[modules]\n" + NAME + " = allow\n"])
def test_they_are_not_trusted_as_the_library_is(place, rules):
    done = run(place, rules + "socket = deny\n")
    assert done.out == "socket\n", done.err


def test_what_everybody_may_have_they_have(place):
    done = run(place, "default = allow\ntrusted = @stdlib\n")
    assert done.out == "has it\n", done.err


def test_shadowing_lets_them_be(place):
    done = run(place, "default = deny\nshadowing = allow\n[modules]\n@stdlib = allow\n")
    assert done.out == "has it\n", done.err


def test_a_group_of_the_policy_is_no_rule_for_the_library(place):
    done = run(place, "default = deny\n[group stdlibs]\nmembers = %s\n[modules]\n@stdlibs = allow\n"
               "socket = deny\n" % NAME)
    assert done.out == "socket\n", done.err
