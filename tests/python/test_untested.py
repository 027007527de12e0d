# SPDX-License-Identifier: Apache-2.0
"""A Python newer than those that were tried is refused, or recorded as such:
with a build to which every Python is newer."""
# covers: python/process/supported.c

import os
import sys

import pytest

from guarded import BUILD, Place, environment

NEWER = os.path.join(BUILD, "tests", "unit", "python", "newer")
VARIABLE = "STOCKADE_UNTESTED_PYTHON"
VERSION = "%d.%d" % sys.version_info[:2]
WORDS = (
    "Python %s is newer than this stockade was tested with (3.8 to 3.13): use one "
    "of those, or a newer stockade, or set %s=1 to run it untested" % (VERSION, VARIABLE)
)

INSTALL = """\
import stockade
try:
    guard = stockade.install("policy.ini", audit="file:imports.jsonl")
except RuntimeError as error:
    print(error)
    import colorsys
    assert stockade.current() is None
"""


@pytest.fixture
def place(tmp_path):
    if not os.path.exists(os.path.join(NEWER, "stockade")):
        pytest.skip("a build without unit tests")
    place = Place(tmp_path)
    place.policy("default = allow\n[modules]\ncolorsys = deny\n")
    # the package, with the other extension beside it
    os.symlink(os.path.join(BUILD, "python", "stockade"), place.path("stockade"))
    for name in os.listdir(NEWER):
        if name.startswith("_stockade."):
            os.symlink(os.path.join(NEWER, name), place.path(name))
    return place


def start(place, how, **more):
    env = environment(PYTHONPATH=place.folder, **more)
    if how == "install":
        return place.spawn([sys.executable, "-c", INSTALL], env=env)
    argv = ["run", "-p", "policy.ini", "--audit", "imports.jsonl", "-c", "import json"]
    if how == "wheel":
        return place.spawn([sys.executable, "-m", "stockade", *argv], env=env)
    return place.spawn([os.path.join(NEWER, "stockade"), *argv], env=env)


@pytest.mark.parametrize("more", [{}, {VARIABLE: "0"}, {VARIABLE: ""}, {VARIABLE: "10"}])
@pytest.mark.parametrize("how", ["install", "wheel", "run"])
def test_it_is_refused_with_what_to_do(place, how, more):
    done = start(place, how, **more)
    if how == "install":
        assert (done.code, done.out, done.err) == (0, WORDS + "\n", "")
    else:
        assert done.code == 3, done.err
        assert done.err.splitlines()[-1] in ("stockade: " + WORDS, "stockade run: " + WORDS, WORDS)
        assert done.out == ""


@pytest.mark.parametrize("how", ["install", "wheel", "run"])
def test_it_is_run_and_recorded_where_somebody_asks_for_it(place, how):
    done = start(place, how, **{VARIABLE: "1"})
    assert (done.code, done.out) == (0, ""), done.err
    first = done.records[0]
    assert first["event"] == "start"
    assert first["reason"].endswith(" (untested)"), first
    assert "Python %s." % VERSION in first["reason"]


def test_doctor_tells_it(place):
    done = place.spawn([os.path.join(NEWER, "stockade"), "doctor"])
    assert "(untested)" in done.out


def test_a_python_that_was_tried_is_recorded_plainly(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\n")
    done = place.install("pass")
    assert "untested" not in done.records[0]["reason"]
