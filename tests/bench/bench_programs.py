#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a guard costs real programs: ratios of guarded to plain, one run.

    python3 tests/bench/bench_programs.py BUILD [--rounds N]

The programs and their venv are those of tests/programs. Each runs under the
policy that is learned from it, every attempt recorded to a file; plain and
guarded take turns, and the median of each is compared. Wall-clock time from
start to end of the process. Prints one JSON object.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "programs"))

import places  # noqa: E402

PROGRAMS = {
    "black": ("code", ["-m", "black", "--diff", "-q", "one.py"]),
    "flask": ("flask_app", ["main.py"]),
    "pytest": ("suite", ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]),
    "sphinx": ("docs", ["-m", "sphinx", "-q", "-b", "html", ".", "../output"]),
    "requests": ("web", ["client.py"]),
    "rich": ("console", ["app.py", "text"]),
    "docutils": ("text", ["-m", "docutils", "page.rst"]),
    "markdown": ("text", ["-m", "markdown", "-x", "tables", "page.md"]),
}


def bench_program(place, command, rounds):
    place.learn(command)
    samples = {"plain": [], "guarded": []}
    for _ in range(rounds + 1):
        for kind in samples:
            samples[kind].append(getattr(place, kind)(command).seconds)
    if place.denied:
        sys.exit("bench_programs.py: denied under its own policy: %s" % place.denied)
    plain, guarded = (statistics.median(samples[kind][1:]) for kind in ("plain", "guarded"))
    return {"plain_ms": round(plain * 1e3, 1), "guarded_ms": round(guarded * 1e3, 1),
            "ratio": round(guarded / plain, 3), "records": len(place.records)}


def bench(build, rounds):
    stockade = os.path.join(os.path.abspath(build), "stockade")
    venv = places.make_venv(places.python_of(stockade), Path(build).resolve() / "programs-venv")
    answer = {}
    for name, (project, command) in PROGRAMS.items():
        with tempfile.TemporaryDirectory() as folder:
            place = places.Place(Path(folder), project, venv, stockade)
            answer[name] = bench_program(place, command, rounds)
    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    try:
        print(json.dumps(bench(options.build, options.rounds), indent=1))
    except places.Unreachable as unreachable:
        sys.exit("bench_programs.py: %s" % unreachable)


if __name__ == "__main__":
    main()
