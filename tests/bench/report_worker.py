#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a worker costs, beside multiprocessing, RPyC and bubblewrap, as one
table and as a drawing.

    python3 tests/bench/report_worker.py BUILD [--rounds N] [--quick] [--write] [--peers FOLDER]

--write puts what was measured into tests/bench/results_worker.json, draws it in
tests/bench/results_worker.svg and puts the table into README.md; without a
BUILD it does so with the results_worker.json that is there.
"""

import argparse
import math
import os

import bench_import
import bench_worker
import report

RESULTS = report.HERE / "results_worker.json"
DRAWING = report.HERE / "results_worker.svg"
BEGIN = "<!-- begin: python3 tests/bench/report_worker.py -->"

COLUMNS = ["python3", "multiprocessing", "RPyC", "bubblewrap", "a bare socket"]

# What is shown: its name, where bench_worker.py says it, our contender, those
# that it stands beside by column, and at most how much it is to be of which.
ROWS = [
    ("a string of code run, in a worker that was ready", "start", "worker",
     {"python3": "python", "multiprocessing": "spawn", "bubblewrap": "bwrap"}, {"python3": 1 / 30}),
    ("a plugin imported and called, in a worker that was ready", "start", "import",
     {"python3": "python", "multiprocessing": "spawn", "bubblewrap": "bwrap"}, {}),
    ("the first plugin of a program, nothing started before", "start", "cold",
     {"python3": "python", "multiprocessing": "spawn", "bubblewrap": "bwrap"},
     {"python3": 1.3, "bubblewrap": 1}),
    ("a call, both awake, each on its processor", "awake", "worker",
     {"multiprocessing": "connection", "RPyC": "rpyc", "a bare socket": "seqpacket"},
     {"multiprocessing": 1 / 30, "a bare socket": 1}),
    ("the same, where the scheduler puts them", "anywhere", "worker",
     {"multiprocessing": "connection", "RPyC": "rpyc", "a bare socket": "seqpacket"},
     {"a bare socket": 1}),
    ("a call, both asleep", "asleep", "worker",
     {"multiprocessing": "connection", "RPyC": "rpyc", "a bare socket": "seqpacket"},
     {"multiprocessing": 0.55, "a bare socket": 1}),
    ("{large} handed to a worker, sealed before", "large", "sealed",
     {"multiprocessing": "connection"}, {"multiprocessing": 1 / 15}),
    ("{large} handed to a worker, sealed each time", "large", "sealed anew",
     {"multiprocessing": "connection"}, {}),
    ("{large} handed to a worker as bytes", "large", "worker", {"multiprocessing": "connection"}, {}),
    ("{large} from a worker", "large", "worker back", {"multiprocessing": "connection back"}, {}),
    ("{imported} modules imported by a plugin", "imports", "brokered", {"python3": "plain"},
     {"python3": 1.2}),
]


def ratio_text(ratio):
    """1/n, where that is easier to read."""
    if ratio is None:
        return ""
    return "1/%.0f" % (1 / ratio) if ratio < 0.15 else "%.2f" % ratio


def rows_of(answer):
    rows = []
    for what, group, ours, beside, at_most in ROWS:
        told = answer[group]
        rows.append({
            "what": what.format(large=answer["large bytes"], imported=answer["imported"]),
            "us": told[ours], "at most": at_most,
            "ratios": {column: round(told[ours] / told[name], 4)
                       for column, name in beside.items() if name in told}})
    return rows


def measure(build, rounds, quick, peers):
    answer = bench_worker.bench(build, rounds, bench_import.python_of(build), quick, peers)
    return {"python": answer["python"], "missing": answer["missing"], "rows": rows_of(answer),
            "memory": answer["memory"]}


# ---- showing -----------------------------------------------------------------


def cell(row, column):
    text = ratio_text(row["ratios"].get(column))
    most = row["at most"].get(column)
    return "%s (%s)" % (text, ratio_text(most)) if most is not None and text else text


def table(results):
    lines = ["| workers, Python %s | %s |" % (results["python"], " | ".join(COLUMNS)),
             "| --- |" + " ---: |" * len(COLUMNS)]
    for row in results["rows"]:
        lines.append("| %s | %s |" % (row["what"],
                                      " | ".join(cell(row, column) for column in COLUMNS)))
    lines.append("")
    lines.append("Memory of a worker beyond its plugin's: %s." % (
        "%.1f MB (at most 1 MB)" % (results["memory"] / 1024) if results["memory"]
        else "only root can see it"))
    if results["missing"]:
        lines.append("Not here when this was measured: %s." % ", ".join(results["missing"]))
    return "\n".join(lines) + "\n"


WIDTH, ROW, LEFT, TOP = 260, 26, 400, 56
COLOURS = {"python3": "#666666", "multiprocessing": "#c77d2b", "RPyC": "#8a4f9e",
           "bubblewrap": "#3d8b3d", "a bare socket": "#1b6ca8"}
DECADES = 3 # to the left and to the right of what the others take


def at(ratio):
    exponent = max(-DECADES, min(DECADES, math.log10(ratio)))
    return LEFT + WIDTH * (exponent + DECADES) / (2 * DECADES) * 2 - WIDTH / 2


def draw(results):
    parts, x = [], 20
    for column in COLUMNS:
        parts.append('<circle cx="%d" cy="24" r="5" fill="%s"/>' % (x, COLOURS[column]))
        parts.append(report.text_at(x + 10, 28, column))
        x += 130
    bottom = TOP + ROW * len(results["rows"])
    for exponent in range(-2, 2):
        left = at(10.0 ** exponent)
        parts.append('<path d="M%.1f %d V%d" stroke="%s"/>'
                     % (left, TOP - 8, bottom, "#000000" if exponent == 0 else "#dddddd"))
        parts.append(report.text_at(left, bottom + 18,
                                    "1/%d" % 10 ** -exponent if exponent < 0
                                    else "%d" % 10 ** exponent, ' text-anchor="middle"'))
    for number, row in enumerate(results["rows"]):
        y = TOP + ROW * number + 10
        parts.append(report.text_at(20, y + 4, row["what"]))
        for column, ratio in row["ratios"].items():
            parts.append('<circle cx="%.1f" cy="%d" r="5" fill="%s"/>'
                         % (at(ratio), y, COLOURS[column]))
    parts.append(report.text_at(at(1), bottom + 38, "what it takes, of what the others take",
                                ' text-anchor="middle"'))
    return report.drawing(LEFT + 2 * WIDTH - 40, bottom + 50, parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("builds", nargs="?", metavar="BUILD")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--quick", action="store_true", help="few calls, small bytes")
    parser.add_argument("--peers", default="", help="where RPyC is, if not on sys.path")
    report.tell(parser, lambda args: measure(
        os.path.abspath(args.builds), args.rounds, args.quick, args.peers),
        table, draw, (RESULTS, DRAWING, BEGIN))


if __name__ == "__main__":
    main()
