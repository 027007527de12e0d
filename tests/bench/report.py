#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every bench on every build that is named, as one table of ratios.

    python3 tests/bench/report.py BUILD... [--rounds N] [--write]

--write puts what was measured into tests/bench/results.json, draws it in
tests/bench/results.svg and puts the table into README.md; without a BUILD it
does so with the results.json that is there.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import bench_import

HERE = Path(__file__).resolve().parent
README = HERE.parents[1] / "README.md"
RESULTS = HERE / "results.json"
DRAWING = HERE / "results.svg"
BEGIN = "<!-- begin: python3 tests/bench/report.py -->"
END = "<!-- end -->"

# What is shown, where bench_import.py says it, and at most how much it is to
# be.
IMPORTS = [
    ("a cached `import os`", "cached import os", "guarded", 1.5),
    ("the same, a rule for one importer beside", "cached import os",
     "scoped", 1.6),
    ("a cached `from os import path`", "cached from os import path",
     "guarded", None),
    ("%d modules loaded, recorded to a file", "modules, recorded to a file",
     "guarded", 1.05),
    ("the same, a rule for one importer beside",
     "modules, recorded to a file", "scoped", 1.05),
    ("`id(0)`: an audit hook is there", "id() under the audit hook",
     "guarded", None),
]
DECIDE = "a decision among 100,000 rules, against 10"


# ---- measuring ---------------------------------------------------------------


def measure_decide(builds, rounds):
    commands = [os.path.join(build, "tests", "bench", "bench_decide")
                for build in builds]
    command = next(filter(os.path.exists, commands), None)
    if not command:
        sys.exit("report.py: no bench_decide; set a build up without "
                 "-Dtests=disabled")
    lines = [subprocess.run([command], stdout=subprocess.PIPE, check=True,
                            universal_newlines=True).stdout
             for _ in range(rounds)]
    return statistics.median(json.loads(line)["ratio"] for line in lines)


def measure(builds, rounds, loops):
    """Rows {"what", "at most", "ratios": {column: ratio}}."""
    decide = measure_decide(builds, rounds)
    answers = [bench_import.bench(build, rounds, bench_import.python_of(build),
                                  loops) for build in builds]
    rows = []
    for what, title, variant, at_most in IMPORTS:
        if "%d" in what:
            what %= min(answer["modules"] for answer in answers)
        rows.append({"what": what, "at most": at_most, "ratios": {
            answer["python"]: answer[title][variant] for answer in answers}})
    rows.append({"what": DECIDE, "at most": 1.3, "ratios": {
        "any": decide}})
    return rows


# ---- showing -----------------------------------------------------------------


def columns(rows):
    found = {name for row in rows for name in row["ratios"]} - {"any"}
    return sorted(found, key=lambda name: [int(n) for n in name.split(".")])


def cell(row, column):
    ratio = row["ratios"].get(column, row["ratios"].get("any"))
    return "" if ratio is None else "%.2f" % ratio


def table(rows):
    head = ["guarded, against plain"] + columns(rows) + ["target"]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        lines.append([row["what"]] + [cell(row, name) for name in columns(rows)]
                     + ["" if row["at most"] is None else str(row["at most"])])
    return "".join("| %s |\n" % " | ".join(line) for line in lines)


COLOURS = ["#1b6ca8", "#3a9679", "#c77d2b", "#8a5a9e", "#a23b3b", "#666666"]
LEFT, SCALE, BAR, GAP = 300, 130, 13, 14


def text_at(x, y, what, more=""):
    what = what.replace("`", "").replace("&", "&amp;").replace("<", "&lt;")
    return '<text x="%d" y="%d"%s>%s</text>' % (x, y, more, what)


def draw_row(row, y, names):
    """The bars of one row, and where the next begins."""
    parts, top = [], y
    bars = [(name, row["ratios"][name]) for name in names + ["any"]
            if name in row["ratios"]]
    for name, ratio in bars:
        colour = COLOURS[names.index(name)] if name in names else "#999999"
        width = ratio * SCALE
        parts.append('<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>'
                     % (LEFT, y, width, BAR - 2, colour))
        parts.append(text_at(LEFT + width + 5, y + BAR - 3, "%.2f" % ratio))
        y += BAR
    parts.append(text_at(LEFT - 8, (top + y) // 2 + 4, row["what"],
                         ' text-anchor="end"'))
    if row["at most"]:
        x = LEFT + row["at most"] * SCALE
        parts.append('<path d="M%.1f %d V%d" stroke="#c00000" '
                     'stroke-width="2"/>' % (x, top - 3, y + 1))
    return parts, y + GAP


def draw(rows):
    names, y, parts = columns(rows), 58, []
    for row in rows:
        more, y = draw_row(row, y, names)
        parts += more
    x = LEFT
    for name, colour in zip(names, COLOURS):
        parts.append('<rect x="%d" y="30" width="11" height="11" fill="%s"/>'
                     % (x, colour))
        parts.append(text_at(x + 16, 40, name))
        x += 80
    parts.append(text_at(x + 10, 40, "target", ' fill="#c00000"'))
    parts.append(text_at(LEFT, 18, "What a guard costs: ratio to plain "
                         "(1 = nothing)", ' font-weight="bold"'))
    parts.append('<path d="M%d 48 V%d" stroke="#000000" '
                 'stroke-dasharray="3 3"/>' % (LEFT + SCALE, y))
    return drawing(760, y, parts)


def drawing(width, height, parts):
    return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
            'font-family="sans-serif" font-size="12">\n<rect width="%d" '
            'height="%d" fill="#ffffff"/>\n%s\n</svg>\n'
            % (width, height, width, height, "\n".join(parts)))


def page_with(text, content, mark=BEGIN):
    before, begin, rest = text.partition(mark)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit("%s: the markers are missing" % README)
    return "%s%s\n\n%s\n%s%s" % (before, mark, content, END, after)


def keep(results, path, content, mark=BEGIN):
    """What was measured, as `path`, and as the table of README behind `mark`."""
    path.write_text(json.dumps(results, indent=1) + "\n")
    text = README.read_text(encoding="utf-8")
    README.write_text(page_with(text, content, mark), encoding="utf-8")


def tell(parser, measured, table_of, draw_it, kept):
    """What measured(args) finds of the builds that the line names, or else
    what was kept: as a table, and with --write at the places of `kept`, which
    are those of the results and of the drawing, and a mark in README."""
    parser.add_argument("--write", action="store_true",
                        help="into tests/bench and README.md")
    args = parser.parse_args()
    if not args.builds and not args.write:
        parser.error("name a build folder")
    path, picture, mark = kept
    results = measured(args) if args.builds else json.loads(path.read_text())
    sys.stdout.write(table_of(results))
    if args.write:
        keep(results, path, table_of(results), mark)
        picture.write_text(draw_it(results))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("builds", nargs="*", metavar="BUILD")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--loops", type=int, default=500000,
                        help="of a cached statement")
    tell(parser, lambda args: measure(
        [os.path.abspath(build) for build in args.builds], args.rounds,
        args.loops), table, draw, (RESULTS, DRAWING, BEGIN))


if __name__ == "__main__":
    main()
