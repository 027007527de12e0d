# SPDX-License-Identifier: Apache-2.0
"""A second try forgives an accident, and neither a fault nor an attack."""

import again
import pytest
from results import read_junit

FAILED = '<testcase classname="%s" name="%s"><failure/></testcase>'


def tried(tmp_path, cases, passes, code=1):
    report = tmp_path / "junit.xml"
    report.write_text('<testsuites><testsuite><testcase classname="m" name="a"/>%s'
                      "</testsuite></testsuites>"
                      % "".join(FAILED % case for case in cases))
    found = read_junit(report, code, "3.99: ")
    ran = []
    again.try_again(found, report, "3.99: ", lambda node: (ran.append(node), passes)[1])
    return found, ran


def test_what_passes_then_is_counted_and_named(tmp_path):
    found, ran = tried(tmp_path, [("tests.python.test_x", "test_y[z]")], True)
    assert ran == ["tests/python/test_x.py::test_y[z]"]
    assert found.line() == "2 passed, 0 failed, 0 skipped"
    assert found.unsteady == ["3.99: tests.python.test_x::test_y[z]"]


def test_what_fails_again_has_failed(tmp_path):
    found, ran = tried(tmp_path, [("tests.python.test_x", "test_y")], False)
    assert len(ran) == 1
    assert found.line() == "1 passed, 1 failed, 0 skipped"
    assert found.unsteady == []


@pytest.mark.parametrize("suite", ["tests.bypass.test_bypass", "tests.escapes.test_machines",
                                   "tests.decisions.test_decide", "tests.lint.test_text"])
def test_an_attack_has_one_try(tmp_path, suite):
    found, ran = tried(tmp_path, [(suite, "test_y"), ("tests.python.test_x", "test_y")], True)
    assert ran == []
    assert found.line() == "1 passed, 2 failed, 0 skipped"


def test_many_failures_are_no_accident(tmp_path):
    cases = [("tests.python.test_x", "test_%d" % i) for i in range(again.MOST + 1)]
    assert tried(tmp_path, cases, True)[1] == []


def test_a_run_that_went_wrong_besides_has_one_try(tmp_path):
    assert tried(tmp_path, [("tests.python.test_x", "test_y")], True, code=5)[1] == []
    assert tried(tmp_path, [], True, code=3)[0].failures
