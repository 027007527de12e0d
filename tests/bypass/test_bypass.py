# SPDX-License-Identifier: Apache-2.0
"""Every known way around a policy, tried on the Python that runs this.

expected/VERSION.txt says what becomes of each case, and what is better than
that fails as well as what is worse: it has to be counted again, python3
tests/bypass/table.py. Builds of one version differ in what is built in, so
that a case may be absent from one and not from another.
"""
# covers: python/later/hooked.c, python/later/hooks.c, python/later/registries.c, python/later/weak.c

import re

import pytest

import table
from cases import (ABSENT, GOOD, REACHED, STOPPED, VERSION, WAYS, attacks,
                   controls, hostile, outcomes, under_events)

ATTACKS = {case.name: case for case in attacks()}
CONTROLS = {case.name: case for case in controls()}
HOSTILE = {case.name: case for case in hostile()}
CASES = attacks() + controls() + hostile()


@pytest.fixture(scope="session")
def found(build):
    """What became of every case: all are run at once, and only once."""
    return outcomes(CASES)


def expected(name):
    words = table.read_expected()
    if not words:
        pytest.skip("no expectations for Python " + VERSION)
    assert name in words, "run: python3 tests/bypass/table.py"
    return words[name]


def assert_as_expected(outcome):
    """Neither worse nor better: what is stopped now is to be counted."""
    wanted = expected(outcome.case.name)
    assert ABSENT in (outcome.word, wanted) or outcome.word == wanted, \
        "%s: run python3 tests/bypass/table.py\n%s" % (wanted, outcome)


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_attack(found, name):
    assert_as_expected(found[name])


@pytest.mark.parametrize("name", sorted(CONTROLS))
def test_control(found, name):
    assert_as_expected(found[name])


@pytest.mark.parametrize("name", sorted(CONTROLS))
def test_control_under_the_sets_of_events(found, name):
    """The sets break nothing that does not itself do what they deny."""
    if found[name].word == ABSENT:
        pytest.skip("not with this Python")
    case = CONTROLS[name]
    denied, allowed = under_events(case)
    assert allowed == found[name].bare.verdict
    assert (denied != allowed) == bool(case.does), denied


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_host_stands(found, name):
    assert_as_expected(found[name])


def test_no_denial_of_an_attack_goes_unrecorded(found):
    for outcome in found.values():
        if outcome.word == STOPPED and "ImportDenied" in \
                outcome.guarded.verdict:
            assert '"verdict":"deny"' in outcome.guarded.records.replace(
                ": ", ":"), str(outcome)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case_is_described(case):
    first = case.text.split("\n")[0]
    assert re.match(r"# \S+ [^\n]{5,90}[.]\Z", first), first
    if case.kind == "attacks":
        assert case.way in WAYS
    else:
        assert case.way is None
    assert "got" in case.text or "proof" in case.text


def test_titles_are_each_ones_own():
    titles = [case.title for case in CASES]
    assert sorted(set(titles)) == sorted(titles)


def test_expectations_are_of_the_cases_there_are():
    names = {case.name for case in CASES}
    for version in table.versions():
        assert set(table.read_expected(version)) == names, version


def test_what_a_layer_stops_is_expected_to_be_stopped():
    """On every version; what is open is named in SECURITY.md."""
    text = table.PAGE.read_text()
    for version in table.versions():
        for name, word in table.read_expected(version).items():
            if word == REACHED:
                assert "`%s`" % name in text, (version, name)


def test_the_page_has_the_table_of_these_results(found):
    assert table.page_with(table.PAGE.read_text(), table.table()) \
        == table.PAGE.read_text(), "run: python3 tests/bypass/table.py"
    words = table.read_expected()
    if not words:
        pytest.skip("no expectations for Python " + VERSION)
    # what is stopped now and was not is good news, told by the next count
    lost = {name: (words[name], found[name].word) for name in words
            if name in found and words[name] == STOPPED
            and found[name].word not in (STOPPED, ABSENT)}
    assert lost == {}, "run: python3 tests/bypass/table.py"
