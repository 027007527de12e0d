# SPDX-License-Identifier: Apache-2.0
"""Each stage brings what it needs: --only may leave the others out."""

from types import SimpleNamespace

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
