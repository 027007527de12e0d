# SPDX-License-Identifier: Apache-2.0
"""Builds and tests everything; tests/run is the way in.

Everything that is made lies in build-tests/: a build and a venv a Python,
logs, reports, pip's cache. Running again reuses it; removing it is safe.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pythons
import stages
import transparency
from results import Results

ROOT = Path(__file__).resolve().parents[2]


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="tests/run", description="Build and test stockade. The last "
        "line is: N passed, N failed, N skipped")
    parser.add_argument("--quick", action="store_true",
                        help="the default python3 and the lint alone")
    parser.add_argument("--only", metavar="WORD", default="",
                        help="only the stages whose name has this word")
    parser.add_argument("--list", action="store_true",
                        help="name the stages and stop")
    return parser.parse_args(arguments)


def plan(options):
    """The stages, as (name, function, arguments)."""
    found, newer = pythons.find()
    if not found:
        sys.exit("tests/run: no Python from 3.8 to 3.13 on this machine")
    default = found[0]
    todo = [("python %s (default)" % default.label, stages.default, default),
            ("lint", stages.lint, default),
            ("transparency", transparency.short, default)]
    if options.quick:
        return todo
    todo += [("python %s" % python.label, stages.other, python)
             for python in found[1:]]
    todo += [("python %s" % python.label, stages.too_new, python)
             for python in newer]
    todo.append(("sanitizers", stages.sanitizers, default))
    if os.geteuid() == 0:
        todo.append(("not root", stages.not_root, found))
    return todo


def run_stage(name, function, argument):
    started = time.monotonic()
    print("== %s" % name, flush=True)
    try:
        results = function(argument)
    except stages.Broken as broken:
        results = broken.results
        results.fail("%s: %s" % (name, broken))
    for text in results.failures:
        print("   FAILED: %s" % text)
    print("== %s: %s (%.0f s)" % (name, results.line(),
                                  time.monotonic() - started), flush=True)
    return results


def report(total):
    for text in total.skips:
        print("skipped: %s" % text)
    for text in total.failures:
        print("FAILED: %s" % text)
    print(total.line(), flush=True)
    return 1 if total.failures or not total.passed else 0


def main():
    options = parse(sys.argv[1:])
    todo = [stage for stage in plan(options) if options.only in stage[0]]
    if options.list:
        print("\n".join(stage[0] for stage in todo))
        return 0
    os.chdir(str(ROOT))
    shutil.rmtree(str(stages.WORK / "logs"), ignore_errors=True)
    total = Results()
    for stage in todo:
        total.add(run_stage(*stage))
    return report(total)


def stop(*_):
    """Ends as by ^C: what was started ends with us."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    # ignored by whoever runs us in the background; tests send it to theirs
    signal.signal(signal.SIGINT, stop)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("tests/run: interrupted")
