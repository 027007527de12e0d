# SPDX-License-Identifier: Apache-2.0
"""Stages side by side: nothing that one of them says or ends with is lost."""

import sys
from types import SimpleNamespace

import main
import pytest

STAGE = """\
import json, sys, time
at = sys.argv.index("--results")
names = sys.argv[at + 3::2]
print("ran", names)
if "dies" in names:
    sys.exit(7)
with open(sys.argv[at + 1], "w") as out:
    json.dump({"passed": 3, "failures": ["a failure"], "skips": ["a skip"]}, out)
"""


@pytest.fixture
def groups(monkeypatch):
    monkeypatch.setattr(main, "SELF", [sys.executable, "-c", STAGE])
    return lambda *names: [[(name, None, None) for name in group] for group in names]


def test_what_stages_found_is_added_up(groups, capsys):
    total = main.Results()
    for found in main.run_jobs(groups(["one", "two"], ["three"]), 2):
        total.add(found)
    assert total.line() == "6 passed, 2 failed, 2 skipped"
    said = capsys.readouterr().out
    assert "== one, two: begins\n" in said
    assert "ran ['one', 'two']\n" in said
    assert "ran ['three']\n" in said


def test_a_stage_that_dies_has_failed(groups):
    found, = main.run_jobs(groups(["dies"]), 2)
    assert found.failures == ["dies: ended with 7 before its results were written"]


def test_only_what_was_chosen_is_left(groups):
    kept = main.select(groups(["lint", "python 3.8"], ["python 3.9"], ["sanitizers"]),
                       lambda name: "python" in name)
    assert [[stage[0] for stage in group] for group in kept] == [["python 3.8"], ["python 3.9"]]


def test_what_passed_only_when_run_again_is_told(capsys):
    total = main.Results()
    total.read({"passed": 1, "failures": [], "skips": [], "unsteady": ["m::a"]})
    assert main.report(total) == 0
    assert capsys.readouterr().out == ("unsteady (passed when run again): m::a\n"
                                       "1 passed, 0 failed, 0 skipped\n")


VERSIONS = [(3, 11, 7), (3, 8, 18), (3, 10, 1), (3, 11, 2), (3, 13, 0), (3, 13, 1)]


@pytest.fixture
def planned(monkeypatch):
    found = [SimpleNamespace(version=version, label="%d.%d.%d" % version) for version in VERSIONS]
    monkeypatch.setattr(main.pythons, "find", lambda: (found, []))

    def kinds(*arguments):
        """The stage of each Python but the first, by its label."""
        return {stage[2].label: stage[1]
                for group in main.plan(main.parse(arguments))[1:] for stage in group
                if stage[0].startswith("python")}
    return kinds


def test_the_oldest_and_the_newest_python_run_all_suites(planned):
    kinds = planned()
    whole = [label for label, kind in kinds.items() if kind is main.stages.other]
    assert whole == ["3.8.18", "3.13.0"]
    assert {kind for label, kind in kinds.items() if label not in whole} == {main.stages.short}


def test_all_is_every_suite_with_every_python(planned):
    kinds = planned("--all")
    assert len(kinds) == len(VERSIONS) - 1
    assert set(kinds.values()) == {main.stages.other}
