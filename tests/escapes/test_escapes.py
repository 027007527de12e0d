# SPDX-License-Identifier: Apache-2.0
# covers: worker/broker.c, worker/code.c, worker/interpreter.c, worker/serve.c
"""Every attempt to get out of a worker, on the Python that runs this: as who
runs the tests and, where that is root, as nobody. None succeeds."""

import os
import re

import pytest

import calls
import escapes
import stops
import tries

pytestmark = pytest.mark.workers


@pytest.fixture(scope="module", params=["this user", "nobody"])
def told(request, build):
    """What became of each, all tried by one host."""
    user = 0
    if request.param == "nobody":
        if os.geteuid() != 0:
            pytest.skip("who runs this is an ordinary user already")
        if not escapes.nobody_can_run_it():
            pytest.skip("nobody may not read this Python, or the build")
        user = escapes.NOBODY
    found, failure = escapes.attempts(user)
    assert failure is None
    return found


def test_none_gets_through(told):
    assert [str(one) for one in told if one.got_through] == []


def test_the_strict_profile_refuses_each_call_and_records_it(told):
    left = [str(one) for one in told if one.row.profile == "strict" and one.row.kind in calls.KINDS
            and one.word not in ("system calls", "its own end")]
    assert left == []


# What the groups of the widest profile are for, and nothing of the host's.
FREE = re.compile(
    "A path is made only|The folder that it is in|A file is locked|A TCP socket|A pair of sockets"
    "|The name of the|It takes a name|Signals are held back|The socket is (copied|closed|read|written to|shut down)"
    "|The host's output|A pipe is made|A counter is made|A set of descr|Descriptors are waited|It is asked how much"
    "|A clock to be read|A key for memory|A descriptor is received")


def test_the_widest_profile_gives_what_it_names(told):
    free = [one.row.title for one in told if one.row.profile == "widest" and one.word == escapes.FREE]
    assert [title for title in free if not FREE.match(title)] == []
    assert len(free) > 5


def test_what_stops_each_is_what_is_written_down(told):
    """On the Python that it was written down on; others are a little
    different inside."""
    expected = stops.read_expected()
    assert {(one.row.profile, one.row.title) for one in told} <= set(expected), "run: python3 tests/escapes/stops.py"
    if escapes.sys.version_info[:2] != (3, 11) or os.uname().machine != "x86_64":
        pytest.skip("it was written down on Python 3.11")
    # which comes first is a matter of how busy the machine is, and of what this Python is built with
    alike = [{"wire", "deadline", "its own end"}, {"imports", "system calls"}]
    pairs = [(expected[one.row.profile, one.row.title][0], one) for one in told if one.row.profile == "strict"]
    other = ["%s: %s" % (word, one) for word, one in pairs
             if word != one.word and not any({word, one.word} <= words for words in alike)]
    assert other == [], "run: python3 tests/escapes/stops.py"


def test_the_page_has_the_table_of_these_results():
    assert stops.page_with(stops.PAGE.read_text(), stops.table()) == stops.PAGE.read_text(), \
        "run: python3 tests/escapes/stops.py"


def test_titles_are_sentences_and_each_ones_own():
    titles = [one.title for one in calls.calls()] + [one.title for one in tries.tries()]
    assert sorted(set(titles)) == sorted(titles)
    assert [title for title in titles if not re.match(r"[A-Za-z][^\n]{7,90}[^.]\Z", title)] == []
