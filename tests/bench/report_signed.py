#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What verified imports cost on every build that is named, as one table, and
import time by modules and by entries of sys.path as a drawing.

    python3 tests/bench/report_signed.py BUILD... [--rounds N] [--quick] [--write]

--write puts what was measured into tests/bench/results_signed.json, draws it in
tests/bench/results_signed.svg and puts the table into README.md; without a
BUILD it does so with the results_signed.json that is there. The curves are of
the build that is named first.
"""

import argparse
import os

import bench_import
import bench_signed
import report

RESULTS = report.HERE / "results_signed.json"
DRAWING = report.HERE / "results_signed.svg"
BEGIN = "<!-- begin: python3 tests/bench/report_signed.py -->"

# What is shown, where bench_signed.py says it, and at most how much it is to
# be.
ROWS = [
    ("500 modules of a bundle", "500 modules of a bundle", "bundle", 0.5),
    ("the same, `fast_path = off`", "500 modules of a bundle", "finder", None),
    ("the same, the floor: unmarshalled and run, no more", "500 modules of a bundle", "floor",
     None),
    ("5,000 modules of a bundle", "5000 modules of a bundle", "bundle", 0.55),
    ("the same, the floor", "5000 modules of a bundle", "floor", None),
    ("20 modules of that bundle", "20 modules of a large bundle", "bundle", 0.9),
    ("490 modules of a bundle behind 50 entries of sys.path",
     "50 entries of sys.path before it", "bundle", 0.18),
    ("the standard library as a bundle", "the standard library as a bundle", "bundle", 0.88),
    ("500 modules of a signed tree with code", "a signed tree with code", "manifest", 0.85),
    ("100 modules signed one by one, compiled at each import",
     "signatures of single files, the first time", "detached", 10),
    ("the same, the floor: compiled and run, no more",
     "signatures of single files, the first time", "floor", None),
]


def rows_of(answers):
    return [{"what": what, "at most": at_most,
             "ratios": {answer["python"]: answer[title][variant] for answer in answers}}
            for what, title, variant, at_most in ROWS]


def measure(builds, rounds, quick):
    answers = []
    for number, build in enumerate(builds):
        python = bench_import.python_of(build)
        answers.append(bench_signed.bench(build, rounds, python, quick, curves=number == 0))
    first = answers[0]
    return {"rows": rows_of(answers), "python": first["python"],
            "by modules": first["by modules"], "by entries": first["by entries"]}


# ---- drawing -----------------------------------------------------------------

WIDTH, HEIGHT, MARGIN = 300, 220, 60
NAMES = [("plain", "plain, warm .pyc", "#666666"), ("bundle", "verified bundle", "#1b6ca8"),
         ("floor", "unmarshalled and run, no more", "#c77d2b")]


def ticks(most):
    """About four round numbers up to `most`."""
    step = 1
    while most / step > 5:
        step *= 2 if str(step)[0] in "15" else 2.5
    return [int(step * i) for i in range(int(most / step) + 1)]


class Axes:
    def __init__(self, left, top, points):
        self.left, self.top, self.points = left, top, points
        self.most = points[-1][0], max(max(told.values()) for _, told in points)

    def at(self, x, y):
        return (self.left + x * WIDTH / self.most[0],
                self.top + HEIGHT - y * HEIGHT / self.most[1])

    def draw(self, title, below):
        bottom = self.top + HEIGHT
        parts = [report.text_at(self.left, self.top - 12, title, ' font-weight="bold"'),
                 report.text_at(self.left + WIDTH / 2, bottom + 34, below,
                                ' text-anchor="middle"'),
                 '<path d="M%d %d V%d H%d" fill="none" stroke="#000000"/>'
                 % (self.left, self.top, bottom, self.left + WIDTH)]
        for x in ticks(self.most[0]):
            parts.append(report.text_at(self.at(x, 0)[0], bottom + 16, "%d" % x,
                                        ' text-anchor="middle"'))
        for y in ticks(self.most[1]):
            parts.append(report.text_at(self.left - 6, self.at(0, y)[1] + 4, "%d ms" % y,
                                        ' text-anchor="end"'))
        for name, _, colour in NAMES:
            line = [self.at(x, told[name]) for x, told in self.points if name in told]
            if line:
                parts.append('<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>'
                             % (" ".join("%.1f,%.1f" % point for point in line), colour))
        return parts


def draw(results):
    left = Axes(MARGIN + 10, 70, results["by modules"])
    right = Axes(WIDTH + 3 * MARGIN, 70, results["by entries"])
    parts = left.draw("import time by modules", "modules")
    parts += right.draw("of 490 modules, by entries of sys.path before theirs", "entries")
    x = left.left
    for _, title, colour in NAMES:
        parts.append('<rect x="%d" y="18" width="11" height="11" fill="%s"/>' % (x, colour))
        parts.append(report.text_at(x + 16, 28, title))
        x += 150
    parts.append(report.text_at(x + 60, 28, "Python " + results["python"]))
    return report.drawing(right.left + WIDTH + MARGIN, 70 + HEIGHT + 50, parts)


# ---- showing -----------------------------------------------------------------


def table(results):
    return report.table(results["rows"]).replace("guarded, against plain",
                                                 "verified, against plain", 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("builds", nargs="*", metavar="BUILD")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a tenth of the modules")
    report.tell(parser, lambda args: measure(
        [os.path.abspath(build) for build in args.builds], args.rounds, args.quick),
        table, draw, (RESULTS, DRAWING, BEGIN))


if __name__ == "__main__":
    main()
