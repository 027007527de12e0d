# SPDX-License-Identifier: Apache-2.0
"""The table of what stopped what, in SECURITY.md: python3 tests/escapes/stops.py.

Runs every attempt on the Python that runs this, writes what stopped each to
expected.txt, and counts them between the markers. Run it on Linux as root, so
that both users are tried.
"""

import sys

import alone
import escapes

PAGE = escapes.ROOT / "SECURITY.md"
EXPECTED = escapes.HERE / "expected.txt"
BEGIN = "<!-- begin: python3 tests/escapes/stops.py -->"
END = "<!-- end of stops.py -->"


def line_of(told):
    return "%s | %s | %s | %s" % (told.word, told.row.profile, told.row.kind, told.row.title)


def read_expected():
    """{(profile, title): (word, kind)}"""
    found = {}
    for line in EXPECTED.read_text().splitlines():
        word, profile, kind, title = line.split(" | ")
        found[profile, title] = word, kind
    return found


def table():
    expected = read_expected()
    kinds = {}
    for (profile, _), (word, kind) in expected.items():
        if profile != "widest" or kind not in escapes.calls.KINDS:
            words = kinds.setdefault(kind, {})
            words[word] = words.get(word, 0) + 1
    lines = ["| kind | attempts | %s | got through |" % " | ".join(escapes.WORDS),
             "|%s" % (" --- |" * (len(escapes.WORDS) + 3))]
    total = {}
    for kind, words in kinds.items():
        lines.append(row(kind, words))
        for word, n in words.items():
            total[word] = total.get(word, 0) + n
    lines.append(row("all", total))
    return "\n".join(lines) + "\n\n" + alone.table()


def row(kind, words):
    cells = [kind, sum(words.values())] + [words.get(word, "") for word in escapes.WORDS]
    return "| %s |" % " | ".join(map(str, cells + [words.get(escapes.THROUGH, 0)]))


def page_with(text, content):
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit("%s: the markers are missing" % PAGE)
    return "%s%s\n\n%s\n%s%s" % (before, BEGIN, content, END, after)


def main():
    if sys.argv[1:] != ["--count"]:
        told, failure = escapes.attempts(0)
        if failure:
            raise SystemExit(failure)
        EXPECTED.write_text("".join(line_of(one) + "\n" for one in told))
        alone.write()
    PAGE.write_text(page_with(PAGE.read_text(), table()))


if __name__ == "__main__":
    main()
