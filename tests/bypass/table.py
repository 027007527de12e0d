# SPDX-License-Identifier: Apache-2.0
"""The counted table in SECURITY.md: python3 tests/bypass/table.py.

Runs every case on the Python that runs this, writes what became of each to
expected/VERSION.txt, and the table of all versions between the markers.
`--count` only counts again what was written before.
"""

import sys

from cases import (ABSENT, BROKEN, CRASHED, HERE, REACHED, ROOT, STOPPED,
                   VERSION, attacks, controls, hostile, outcomes)

PAGE = ROOT / "SECURITY.md"
BEGIN = "<!-- begin: python3 tests/bypass/table.py -->"
END = "<!-- end -->"

PREFACE = """\
# Security

**The worker process is the boundary.** Policy inside one interpreter steers
and records honest and careless code and stops the known ways around it. Code
that shares an interpreter with you can reach `sys.modules`, and everything
behind it: what must not happen belongs into a worker.

## Known ways around, counted

Each is a file in `tests/bypass/attacks`, run in a process of its own on every
supported Python: as a plugin that may not import `os`, `socket`, `ctypes`,
`subprocess` and the C modules behind them, in a host that may. It has
succeeded when one of them, or as good as one, is in the plugin's hands. The
controls in `tests/bypass/controls` are honest plugins.

"""


def folder():
    return HERE / "expected"


def versions():
    found = [path.stem for path in folder().glob("*.txt")]
    return sorted(found, key=lambda name: tuple(map(int, name.split("."))))


def write_expected(found, version=VERSION):
    lines = ["%s %s" % (found[name].word, name) for name in sorted(found)]
    (folder() / (version + ".txt")).write_text("\n".join(lines) + "\n")


def read_expected(version=VERSION):
    """{name: word}, empty where the version was never run."""
    path = folder() / (version + ".txt")
    if not path.exists():
        return {}
    lines = path.read_text().splitlines()
    return {name: word for word, name in (line.split(" ", 1)
                                          for line in lines)}


def row(version):
    words = read_expected(version)
    working = [case for case in attacks() if words.get(case.name) != ABSENT]
    reached = [case for case in working if words.get(case.name) == REACHED]
    open_ones = [case for case in reached if not case.needs_worker]
    tried = [case for case in controls() if words.get(case.name) != ABSENT]
    return (version, len(working),
            sum(words.get(case.name) == STOPPED for case in working),
            len(reached) - len(open_ones), len(open_ones),
            "%d of %d" % (sum(words.get(case.name) == BROKEN
                              for case in tried), len(tried)))


HEAD = ("Python", "attacks that work bare", "stopped", "need a worker",
        "still open", "controls broken")


def listed(cases):
    return ["- %s (`%s`)" % (case.title.rstrip("."), case.name)
            for case in cases]


def ever(word, cases):
    """Those of the cases that end so on one version or more."""
    names = {name for version in versions()
             for name, found in read_expected(version).items()
             if found == word}
    return [case for case in cases if case.name in names]


def table():
    lines = ["| %s |" % " | ".join(HEAD), "|%s" % (" --- |" * len(HEAD))]
    lines += ["| %s |" % " | ".join(map(str, row(version)))
              for version in versions()]
    reached = ever(REACHED, attacks())
    worker = [case for case in reached if case.needs_worker]
    others = [case for case in reached if not case.needs_worker]
    crashed = ever(CRASHED, hostile())
    lines += ["", "What nothing inside one interpreter stops, and a worker"
              " does:", ""] + listed(worker)
    if others:
        lines += ["", "What is not stopped yet, on one version or more:",
                  ""] + listed(others)
    if crashed:
        lines += ["", "What brings the host down, on one version or more:",
                  ""] + listed(crashed)
    return "\n".join(lines) + "\n"


def page_with(text, content):
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit("%s: the markers are missing" % PAGE)
    return "%s%s\n\n%s\n%s%s" % (before, BEGIN, content, END, after)


def write_page():
    text = PAGE.read_text() if PAGE.exists() else "%s%s\n%s\n" % (
        PREFACE, BEGIN, END)
    PAGE.write_text(page_with(text, table()))


def main():
    if sys.argv[1:] != ["--count"]:
        write_expected(outcomes(attacks() + controls() + hostile()))
    write_page()


if __name__ == "__main__":
    main()
