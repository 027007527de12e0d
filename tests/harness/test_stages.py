# SPDX-License-Identifier: Apache-2.0
"""Each stage brings what it needs: --only may leave the others out."""

from types import SimpleNamespace

import pytest

import stages
import transparency
from results import Results


def test_the_lint_builds_what_it_looks_at(monkeypatch):
    used = []
    monkeypatch.setattr(stages, "build", lambda label, python: "build of " + label)
    monkeypatch.setattr(stages, "pytest_of", lambda label, python, found: "pytest")
    monkeypatch.setattr(stages, "run_pytest", lambda label, command, folder, suites: (
        used.append((folder, suites[0])), Results())[1])
    stages.lint(SimpleNamespace(label="3.99", executable="python3.99"))
    assert used == [("build of 3.99", "tests/lint")]


def test_transparency_builds_what_it_compares(monkeypatch):
    used = []
    monkeypatch.setattr(stages, "build", lambda label, python: "build of " + label)
    monkeypatch.setattr(transparency, "check", lambda python, builds, *_: used.extend(builds))
    transparency.short(SimpleNamespace(label="3.99", executable="python3.99"))
    assert used == ["build of 3.99"]


def test_a_python_that_runs_some_suites_says_so(monkeypatch):
    used = []
    monkeypatch.setattr(stages, "build", lambda label, python: "build")
    monkeypatch.setattr(stages, "run_units", lambda *_: Results())
    monkeypatch.setattr(stages, "pytest_of", lambda *_: "pytest")
    monkeypatch.setattr(stages, "run_pytest", lambda label, command, folder, suites, prefix: (
        used.extend(suites), Results())[1])
    found = stages.short(SimpleNamespace(label="3.11.2", executable="python3.11",
                                        version=(3, 11, 2), lacks=[]))
    assert used == stages.SHORT
    assert {"tests/bypass", "tests/escapes", "tests/python/test_tools.py"} < set(used)
    assert found.skips == ["python 3.11.2: suites other than the attacks and the table "
                           "of tools: tests/run --all runs them"]


def test_what_nobody_saw_unsteady_is_told():
    found = stages.read_inner(stages.UNSTEADY + "m::a\n2 passed, 0 failed, 0 skipped\n", 0)
    assert found.unsteady == ["not root: m::a"]


def test_a_failure_that_is_told_says_why_the_exit_codes_differ():
    told = next(iter(transparency.INHERENT))
    row = transparency.Row("test_subprocess", "whole")
    for test in (told, transparency.EXIT):
        transparency.sort(row, test, {"0"}, {"2"})
    assert (len(row.inherent), row.different) == (2, [])


@pytest.mark.parametrize("without, within", [
    ("0", "-11"), ("0", "3"), ("0", "no end"), ("2", "-11"), ("2", "0"), ("-11", "2")])
def test_a_failure_that_is_told_explains_no_other_exit_code(without, within):
    row = transparency.Row("test_subprocess", "whole")
    transparency.sort(row, next(iter(transparency.INHERENT)), {"completed"}, {"failure"})
    transparency.sort(row, transparency.EXIT, {without}, {within})
    assert row.different == [(transparency.EXIT, without, within)]


def test_a_suite_that_crashed_once_is_a_difference():
    row = transparency.Row("test_subprocess", "whole")
    transparency.sort(row, next(iter(transparency.INHERENT)), {"completed"}, {"failure"})
    transparency.sort(row, transparency.EXIT, {"0"}, {"2", "-11"})
    assert len(row.different) == 1


def test_exit_codes_that_nothing_explains_are_a_difference():
    row = transparency.Row("test_subprocess", "whole")
    transparency.sort(row, transparency.EXIT, {"0"}, {"2"})
    assert len(row.different) == 1


def test_the_exit_code_is_looked_at_last():
    bare = SimpleNamespace(tests={transparency.EXIT: "0", "test.a": "completed"})
    held = SimpleNamespace(tests={transparency.EXIT: "2", "test.a": "failure"})
    assert transparency.differing(bare, held) == ["test.a", transparency.EXIT]
