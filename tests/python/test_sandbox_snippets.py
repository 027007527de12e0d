# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/sandboxrun.c
# covers: worker/code.c
"""Code of the kind that models write, run as a string under the policy and
the profile that are shipped for it. The table is in snippets/."""

import ast
import os

import pytest

import guarded
from snippets import of_numbers, of_text, of_things

pytestmark = pytest.mark.workers

TABLES = (of_numbers.SNIPPETS, of_text.SNIPPETS, of_things.SNIPPETS)
SNIPPETS = {title: snippet for table in TABLES for title, snippet in table.items()}

MAIN = """
import sys
import stockade
guard = stockade.install({policy!r})
snippets = {snippets!r}
for title, (source, inputs) in snippets.items():
    with guard.sandbox("agent") as box:
        try:
            done = box.run(source, inputs=inputs)
            told = (done.value, done.output, done.denied)
        except Exception as error:
            told = repr(error)
    try:
        print(repr((title, told)))
    except Exception as error:
        print(repr((title, repr(error))))
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """What each of them left, all run by one host."""
    place = guarded.Place(tmp_path_factory.mktemp("snippets"))
    policy = os.path.join(guarded.ROOT, "policy", "agent.ini")
    given = {title: (source, inputs) for title, (source, inputs, _) in SNIPPETS.items()}
    # a file: exec() and -c are other ways in
    ended = place.spawn([guarded.sys.executable, place.write(
        "main.py", MAIN.format(policy=policy, snippets=given))])
    assert ended.code == 0, ended.err
    return dict(map(ast.literal_eval, ended.out.splitlines()))


def test_there_are_more_than_forty():
    assert len(SNIPPETS) == sum(map(len, TABLES))
    assert len(SNIPPETS) > 40


@pytest.mark.parametrize("title", sorted(SNIPPETS))
def test_it_works(done, title):
    value, output, denied = done[title]
    assert value == SNIPPETS[title][2]
    assert type(value) is type(SNIPPETS[title][2])
    assert denied == ()
    assert bool(output) == ("print(" in SNIPPETS[title][0])
