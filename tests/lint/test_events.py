# SPDX-License-Identifier: Apache-2.0
"""The audit hook leaves an event at its first letter: the letters and the
order of its table are what it goes by."""

import re

from tree import ROOT, c_files

SOURCE = (ROOT / "src/python/layers/audithook.c").read_text()


def value(word):
    """A string, or the macro of ours that stands for one."""
    if word.startswith('"'):
        return word.strip('"')
    found = [text for path in c_files("src") for text in
             re.findall(r'#define %s\s+"([^"]+)"' % word, path.read_text())]
    assert len(found) == 1, word
    return found[0]


def rows():
    table = re.search(r"\} events\[\] = \{\n(.*?)\n\};", SOURCE, re.S).group(1)
    return [value(word) for word in re.findall(r'^    \{ ("[^"]+"|\w+), \d', table, re.M)]


def test_the_table_is_in_the_order_of_first_letters():
    letters = [event[0] for event in rows()]
    assert len(letters) > 10 and letters == sorted(letters)


def test_no_event_of_the_table_is_left_by_its_letter():
    letters = re.search(r'strchr\("(\w+)", letter\)', SOURCE).group(1)
    assert set(letters) == {event[0] for event in rows()}


def test_of_those_with_c_the_ones_of_cpython_alone_are_in_it():
    assert all(event.startswith("cpython.") for event in rows() if event[0] == "c")
