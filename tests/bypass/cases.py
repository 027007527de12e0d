# SPDX-License-Identifier: Apache-2.0
"""The attacks, controls and hostile plugins here, and what became of each.

A case is a file: line 1 its title, a sentence; then header lines `# key:
value`; then the body of a module `plugin`. An attack says `stopped by:`, one
of WAYS. A control is honest; hostile is what wants nothing but to bring the
host down, best tried under sanitizers. Every case runs in a process of its
own, twice: bare, to see that it does what it says on this Python, and under
policy.ini, or the file beside it that `policy:` names.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = Path(os.environ.get("STOCKADE_BUILD") or ROOT / "build").resolve()
VERSION = "%d.%d" % sys.version_info[:2]

# What stands in the way of an attack.
WAYS = {
    "import": "the layers that see a module asked for by its name",
    "importers": "knowing whose code asks, whoever it has asking for it",
    "origin": "looking at what is loaded, whatever it calls itself",
    "tripwire": "the layers being put back",
    "events": "a rule for the audit event, under events.ini",
    "worker": "nothing inside one interpreter",
}

# What became of an attack, of a control.
STOPPED, REACHED, ABSENT = "stopped", "reached", "absent"
GOOD, BROKEN = "good", "broken"
CRASHED = "crashed"

TIMEOUT = 60


class Case:
    def __init__(self, path):
        self.path = path
        self.kind = path.parent.name
        self.name = path.stem
        self.text = path.read_text(encoding="utf-8")
        lines = self.text.split("\n")
        self.title = lines[0][2:]
        self.fields = {}
        for line in lines[1:]:
            match = re.match(r"# ([a-z][a-z ]*): (.*)\Z", line)
            if match:
                self.fields[match.group(1)] = match.group(2)
            elif not line.startswith("# SPDX-"):
                break

    @property
    def policy(self):
        return self.fields.get("policy", "policy.ini")

    @property
    def does(self):
        """The sets of events that an honest plugin cannot do without."""
        return self.fields.get("does", "").split()

    @property
    def way(self):
        return self.fields.get("stopped by")

    @property
    def needs_worker(self):
        return self.way == "worker"


def load(kind):
    return [Case(path) for path in sorted((HERE / kind).glob("*.py"))]


def attacks():
    return load("attacks")


def controls():
    return load("controls")


def hostile():
    return load("hostile")


class Told:
    """How one run ended: the verdict, or how the process died."""

    def __init__(self, verdict, code, output, records):
        self.verdict = verdict
        self.code = code
        self.output = output
        self.records = records

    @property
    def died(self):
        """Killed by a signal, or hanging: the host went down with it."""
        return self.code < 0

    def __str__(self):
        return "%s (%s)\n%s" % (self.verdict, self.code, self.output)


def environment():
    env = {key: value for key, value in os.environ.items()
           if not key.startswith("PYTHON") or key == "PYTHONMALLOC"}
    env["PYTHONPATH"] = str(BUILD / "python")
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    return env


def read(path):
    try:
        return path.read_text(errors="backslashreplace").rstrip("\n")
    except OSError:
        return ""


def without(text, sets):
    """A policy without its lines for some sets of events."""
    return "".join(line for line in text.splitlines(True)
                   if not re.match(r"@events\.(%s) " % "|".join(sets), line))


def prepare(folder, case, policy, sets):
    """home/ is where the host is; tmp/ is beside it, not below."""
    home = folder / "home"
    home.mkdir()
    (folder / "tmp").mkdir()
    shutil.copy(str(HERE / "host.py"), str(home / "host.py"))
    (home / "policy.ini").write_text(
        without((HERE / policy).read_text(), sets or ["none"]))
    shutil.copy(str(case.path), str(home / "plugin.py"))
    return home


def verdict_of(home):
    """What the host says, unless a command that the plugin may not run has
    left a file named `proof`."""
    if (home / "proof").exists():
        return "reached a command"
    return read(home / "verdict")


def run_in(folder, case, mode, policy, sets):
    home = prepare(folder, case, policy, sets)
    env = environment()
    env["TMPDIR"] = env["HOME"] = str(folder / "tmp")
    with open(str(folder / "output"), "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "host.py", mode, "verdict"], cwd=str(home),
            env=env, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True)
        try:
            code = process.wait(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            code = -14
        finally:
            kill_group(process)
    return Told(verdict_of(home), code, read(folder / "output"),
                read(home / "audit.jsonl"))


def kill_group(process):
    """What an attack has started ends with it."""
    try:
        os.killpg(process.pid, 9)
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


def run(case, mode, policy=None, sets=()):
    folder = tempfile.mkdtemp(prefix="stockade-bypass-")
    try:
        return run_in(Path(folder), case, mode, policy or case.policy, sets)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Outcome:
    def __init__(self, case):
        self.case = case
        self.guarded = None
        self.bare = run(case, "bare")
        if not self.works_bare():
            self.word = ABSENT
            return
        self.guarded = run(case, "policy.ini")
        self.word = self.judge()

    def works_bare(self):
        if self.case.kind == "attacks":
            return self.bare.verdict.startswith("reached ")
        return self.bare.code == 0 and not self.bare.verdict.startswith(
            "raised ") and self.bare.verdict != ""

    def judge(self):
        told = self.guarded
        if self.case.kind == "hostile":
            return CRASHED if told.code or not told.verdict else GOOD
        if self.case.kind == "controls":
            good = told.code == 0 and told.verdict == self.bare.verdict
            return GOOD if good else BROKEN
        if told.verdict.startswith("reached "):
            return REACHED
        return CRASHED if told.died or not told.verdict else STOPPED

    def __str__(self):
        return "%s: %s\nbare: %s\nguarded: %s" % (
            self.case.name, self.word, self.bare, self.guarded)


def under_events(case):
    """How an honest plugin that may not do what the four sets say ends, and
    how with what it does allowed."""
    return (run(case, "policy.ini", "events.ini").verdict,
            run(case, "policy.ini", "events.ini", case.does).verdict)


def outcomes(cases):
    """Outcome of each case, by name; a process for each processor."""
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        found = list(pool.map(Outcome, cases))
    return {outcome.case.name: outcome for outcome in found}
