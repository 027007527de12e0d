# SPDX-License-Identifier: Apache-2.0
"""The counts at the end of a test run are real: nothing that died, hung or
ran no test passes for one that ran."""

import json

import pytest

from results import read_cmocka, read_junit, read_meson

GOOD = """[==========] Running 2 test(s).
[ RUN      ] test_a
[       OK ] test_a
[ RUN      ] test_b
[       OK ] test_b
[==========] 2 test(s) run.
[  PASSED  ] 2 test(s).
"""

MIXED = """[==========] Running 3 test(s).
[ RUN      ] test_a
[       OK ] test_a
[ RUN      ] test_b
skip: no such kernel
[  SKIPPED ] test_b
[ RUN      ] test_c
[==========] 3 test(s) run.
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] test_b

 1 SKIPPED TEST(S)
"""
MIXED_ERRORS = """[  ERROR   ] --- 1 != 2
[  FAILED  ] test_c
[  FAILED  ] 1 test(s), listed below:
[  FAILED  ] test_c

 1 FAILED TEST(S)
"""


def test_cmocka_cases_are_counted():
    found = read_cmocka("x", GOOD, "", 0)
    assert found.line() == "2 passed, 0 failed, 0 skipped"


def test_cmocka_failures_and_skips_are_named():
    found = read_cmocka("x", MIXED, MIXED_ERRORS, 1)
    assert found.line() == "1 passed, 1 failed, 1 skipped"
    assert found.failures == ["x: test_c"]
    assert found.skips == ["x: test_b: no such kernel"]


@pytest.mark.parametrize("text, code", [
    (GOOD.replace("[       OK ] test_b\n", ""), 0),  # a case got lost
    (GOOD.split("[ RUN      ] test_b")[0], -11),  # it died
    (GOOD, 1),  # a leak that the sanitizer found at the end
    ("[==========] Running 0 test(s).\n", 0),
    ("", 0),
])
def test_cmocka_programs_that_did_not_run_to_their_end_fail(text, code):
    assert read_cmocka("x", text, "", code).failures


def test_meson_tests_are_added_up(tmp_path):
    log = tmp_path / "testlog.json"
    log.write_text("".join(json.dumps(line) + "\n" for line in [
        {"name": "stockade:base / a", "stdout": GOOD, "stderr": "",
         "result": "OK", "returncode": 0},
        {"name": "b", "stdout": "", "result": "OK", "returncode": 0},
        {"name": "c", "stdout": "", "result": "TIMEOUT", "returncode": -15},
    ]))
    found = read_meson(log)
    assert found.line() == "3 passed, 1 failed, 0 skipped"
    assert found.failures == ["c: TIMEOUT"]


def test_a_cmocka_program_that_timed_out_fails(tmp_path):
    log = tmp_path / "testlog.json"
    log.write_text(json.dumps({
        "name": "a", "stdout": GOOD.split("[ RUN      ] test_b")[0],
        "stderr": "", "result": "TIMEOUT", "returncode": -15}))
    assert read_meson(log).line() == "1 passed, 1 failed, 0 skipped"


def test_a_missing_report_fails(tmp_path):
    assert read_meson(tmp_path / "none").failures
    assert read_junit(tmp_path / "none", 0).failures


def write_junit(tmp_path, cases):
    path = tmp_path / "junit.xml"
    path.write_text("<testsuites><testsuite>%s</testsuite></testsuites>"
                    % cases)
    return path


def test_junit_cases_are_counted(tmp_path):
    path = write_junit(tmp_path, """
        <testcase classname="m" name="a"/>
        <testcase classname="m" name="b"><skipped message="why"/></testcase>
        <testcase classname="m" name="c"><failure/></testcase>
        <testcase classname="m" name="d"><error/></testcase>""")
    found = read_junit(path, 1)
    assert found.line() == "1 passed, 2 failed, 1 skipped"
    assert found.skips == ["m::b: why"]


@pytest.mark.parametrize("code", [-11, 2, 3, 4, 5])
def test_a_pytest_that_ended_badly_fails(tmp_path, code):
    path = write_junit(tmp_path, '<testcase classname="m" name="a"/>')
    assert read_junit(path, code).failures
