# SPDX-License-Identifier: Apache-2.0
"""Builds and tests everything; tests/run is the way in.

Everything that is made lies in build-tests/: a build and a venv a Python,
logs, reports, pip's cache. Running again reuses it; removing it is safe.

Stages that share nothing run side by side, each in a process of its own; what
it said is printed when it ends.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pythons
import stages
import transparency
from results import Results

ROOT = Path(__file__).resolve().parents[2]
SELF = [sys.executable, "-B", os.path.abspath(__file__)]


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="tests/run", description="Build and test stockade. The last "
        "line is: N passed, N failed, N skipped")
    parser.add_argument("--quick", action="store_true",
                        help="the default python3 and the lint alone")
    parser.add_argument("--all", action="store_true",
                        help="every suite with every Python")
    parser.add_argument("--only", metavar="WORD", default="",
                        help="only the stages whose name has this word")
    parser.add_argument("--list", action="store_true",
                        help="name the stages and stop")
    # one more than there are CPUs: a suite waits as often as it computes
    parser.add_argument("--jobs", metavar="N", type=int,
                        default=min((os.cpu_count() or 1) + 1, 4),
                        help="stages side by side (default: %(default)s)")
    # a process of ours: these stages, their results into this file
    parser.add_argument("--stage", action="append", default=[],
                        help=argparse.SUPPRESS)
    parser.add_argument("--results", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def plan(options):
    """The stages, as (name, function, arguments), in groups: those of one
    share a build and run one after the other."""
    found, newer = pythons.find()
    if not found:
        sys.exit("tests/run: no Python from 3.8 to 3.13 on this machine")
    default = found[0]
    groups = [[("python %s (default)" % default.label, stages.default, default),
               ("lint", stages.lint, default),
               ("transparency", transparency.short, default)]]
    if options.quick:
        return groups
    # the longest first
    groups.append([("sanitizers", stages.sanitizers, default)])
    if os.geteuid() == 0:
        groups.append([("not root", stages.not_root, found)])
    whole = found if options.all else ends(found)
    others = [(stages.other if python in whole else stages.short, python)
              for python in found[1:]]
    others.sort(key=lambda other: other[0] is stages.short)
    groups += [[("python %s" % python.label, kind, python)]
               for kind, python in others]
    groups += [[("python %s" % python.label, stages.too_new, python)]
               for python in newer]
    return groups


def ends(found):
    """The first of the oldest and of the newest feature version."""
    feature = [python.version[:2] for python in found]
    return [found[feature.index(end)] for end in (min(feature), max(feature))]


def select(groups, chosen):
    """Those stages, and the groups that still have one."""
    kept = [[stage for stage in group if chosen(stage[0])] for group in groups]
    return [group for group in kept if group]


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


# ---- side by side --------------------------------------------------------

class Job:
    """One group of stages, in a process of its own."""

    def __init__(self, group, folder, more=()):
        self.names = [stage[0] for stage in group]
        stem = os.path.join(folder, self.names[0].replace(" ", "-"))
        self.results, self.said = stem + ".json", stem + ".txt"
        command = SELF + list(more) + ["--results", self.results]
        for name in self.names:
            command += ["--stage", name]
        print("== %s: begins" % ", ".join(self.names), flush=True)
        with open(self.said, "wb") as out:
            self.process = subprocess.Popen(command, stdout=out,
                                            stdin=subprocess.DEVNULL)

    def read(self):
        """What came of it, printed and given."""
        with open(self.said, errors="replace") as said:
            print(said.read(), end="", flush=True)
        found = Results()
        try:
            with open(self.results) as file:
                found.read(json.load(file))
        except (OSError, ValueError):
            found.fail("%s: ended with %d before its results were written"
                       % (", ".join(self.names), self.process.returncode))
        return found


def run_jobs(groups, jobs, more=()):
    """Each group's results, as they come."""
    waiting, running = list(groups), []
    with tempfile.TemporaryDirectory(prefix="stk-run-") as folder:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    running.append(Job(waiting.pop(0), folder, more))
                time.sleep(0.2)
                for job in [j for j in running if j.process.poll() is not None]:
                    running.remove(job)
                    yield job.read()
        finally:
            for job in running:
                job.process.terminate()
            for job in running:
                job.process.wait()


def run_group(group, file):
    """The other side of a Job."""
    total = Results()
    for stage in group:
        total.add(run_stage(*stage))
    with open(file + ".new", "w") as out:
        json.dump(total.written(), out)
    os.rename(file + ".new", file)
    return 0


def report(total):
    for text in total.skips:
        print("skipped: %s" % text)
    for text in total.unsteady:
        print(stages.UNSTEADY + text)
    for text in total.failures:
        print("FAILED: %s" % text)
    print(total.line(), flush=True)
    return 1 if total.failures or not total.passed else 0


def main():
    options = parse(sys.argv[1:])
    groups = plan(options)
    if options.stage:
        os.chdir(str(ROOT))
        return run_group(select(groups, options.stage.__contains__)[0],
                         options.results)
    groups = select(groups, lambda name: options.only in name)
    if options.list:
        print("\n".join(stage[0] for group in groups for stage in group))
        return 0
    os.chdir(str(ROOT))
    shutil.rmtree(str(stages.WORK / "logs"), ignore_errors=True)
    total = Results()
    more = ["--all"] if options.all else []
    for found in run_jobs(groups, max(1, options.jobs), more):
        total.add(found)
    return report(total)


def stop(*_):
    """Ends as by ^C: what was started ends with us."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    # ignored by whoever runs us in the background; tests send it to theirs
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGHUP, stop)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("tests/run: interrupted")
