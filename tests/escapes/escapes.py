# SPDX-License-Identifier: Apache-2.0
"""The attempts, and what becomes of them: in workers of a host of their own,
as this user and, where that is root, as nobody, too."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import calls
import tries
import worker

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = Path(os.environ.get("STOCKADE_BUILD") or ROOT / "build").resolve()
ALONE = BUILD / "tests" / "escapes" / "escape_alone"
NOBODY = 65534
TIMEOUT = 900  # seconds, for all that one host tries

POLICY = """
[stockade]
version = 1
default = allow
trusted = @stdlib

[forbidden]
cffi = calls any C function

[modules from __main__]
* = allow

[modules]
poplib = deny

[sandbox strict]
preload = ctypes
deadline = 10s
reply = 4M

[sandbox agent]
preload = ctypes
deadline = 10s
reply = 4M

[sandbox widest]
syscalls = @network @files-write @threads @asyncio @buffers @process-info @time
preload = ctypes threading
processes = 4
deadline = 10s
write = {own}
"""


def numbers():
    """{name: number}, for those that this machine has."""
    wanted = sorted({call.call for call in calls.calls() if call.call[0] != "#"} |
                    {"futex", "sendto"})
    told = subprocess.run([str(ALONE), "--numbers"] + wanted, stdout=subprocess.PIPE, check=True,
                          universal_newlines=True).stdout
    pairs = (line.split() for line in told.splitlines())
    return {name: int(number) for name, number in pairs if int(number) >= 0}


def number_of(call, known):
    return int(call.call[1:]) if call.call[0] == "#" else known.get(call.call)


def temporary():
    """Where nobody gets to as well: pytest's own folder is its user's."""
    path = Path(tempfile.gettempdir()).resolve()
    while os.geteuid() == 0 and not all(one.stat().st_mode & 1 for one in [path, *path.parents]):
        path = path.parent
    return str(path)


class Outside:
    """What an attempt would like to get at: files that anybody may read and
    change, and a folder that is the widest profile's own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="stk-escapes-", dir=temporary())
        self.open = self.path("open")
        self.own = self.path("own")
        self.logs = self.path("logs")
        os.chmod(self.folder, 0o755)
        for folder in (self.open, self.own, self.logs):
            os.mkdir(folder)
            os.chmod(folder, 0o777)
        self.secret = self.path("open", "secret")
        self.victim = self.path("open", "victim")
        self.new = self.path("open", "new")
        self.write(self.secret, tries.SECRET)
        self.write(self.victim, "as it was")
        self.names = sorted(os.listdir(self.open))
        self.packages = self.path("packages")
        os.makedirs(os.path.join(self.packages, "stk_evil"))
        self.write(os.path.join(self.packages, "stk_evil", "__init__.py"), tries.PACKAGE)
        self.write(os.path.join(self.packages, "stk_evil", "own.txt"), "its own")
        self.write(os.path.join(self.packages, "beside.txt"), tries.SECRET)
        os.symlink(self.secret, os.path.join(self.packages, "stk_evil", "link.txt"))
        os.symlink(self.open, os.path.join(self.packages, "stk_evil", "folder"))

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    @staticmethod
    def write(path, text):
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o666)

    def fill(self, argument):
        """@secret and its like, as paths."""
        return {"@secret": self.secret, "@victim": self.victim, "@new": self.new,
                "@folder": self.open}.get(argument, argument)

    def is_as_it_was(self):
        with open(self.victim) as file:
            kept = file.read() == "as it was"
        return kept and sorted(os.listdir(self.open)) == self.names and \
            os.stat(self.victim).st_mode & 0o777 == 0o666

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


# ---- rows ---------------------------------------------------------------------

class Row:
    """One attempt, under one profile."""

    def __init__(self, kind, title, source, profile="strict", timeout=10.0, slack=5.0, host="",
                 memory=96 << 20, inputs=None, before=""):
        self.kind = kind
        self.title = title
        self.profile = profile
        self.job = {"source": source, "profile": profile, "timeout": timeout, "slack": slack,
                    "host": host, "memory": memory, "before": before, "inputs": inputs or {}}


def call_source(call, number, outside):
    def argument(one):
        one = outside.fill(one)
        if one == "@buffer":
            return "PAGE"
        if isinstance(one, str):
            return repr(one.encode() + b"\0")
        return repr(one)
    made = ", ".join([str(number)] + [argument(one) for one in call.arguments])
    # a fork would return twice
    return "%s\nbefore = libc.gettid\nresult = S(%s)\n" % (worker.CALLS, made)


def call_rows(outside, known, profile):
    return [Row(call.kind, call.title, call_source(call, number_of(call, known), outside), profile)
            for call in calls.calls() if number_of(call, known) is not None]


def try_rows(outside, known):
    rows = []
    for one in tries.tries():
        source = one.source
        if one.at_hand == "calls":
            source = worker.CALLS + source
        elif one.at_hand == "wire":
            said = "FUTEX, SENDTO = %d, %d\n" % (known["futex"], known["sendto"])
            source = said + worker.WIRE + source
            one.more["before"] = said + worker.FIND
        rows.append(Row(one.kind, one.title, source, inputs={"secret": outside.secret,
                    "new": outside.new, "own": outside.own, "packages": outside.packages, "host_pid": os.getpid()}, **one.more))
    return rows


# ---- running ------------------------------------------------------------------

def environment(*folders):
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    env.update(PYTHONPATH=os.pathsep.join([str(BUILD / "python"), *folders]), PYTHONDONTWRITEBYTECODE="1", HOST_SECRET=tries.SECRET)
    return env


class Told:
    """What became of one attempt."""

    def __init__(self, row, told, denied, took):
        self.row = row
        self.told = told
        self.denied = denied
        self.took = took

    @property
    def got_through(self):
        return self.told.startswith("reached")

    @property
    def word(self):
        """What stopped it, in one word that the table counts."""
        return judge(self.row.kind, self.told, self.denied)

    def __str__(self):
        return "%s (%s): %s %s" % (self.row.title, self.row.profile, self.told, self.denied)


# What stopped it, as the table has it; the first that fits.
WORDS = ["system calls", "limits", "deadline", "imports", "wire", "values", "its own end"]
FREE, THROUGH = "free", "through"

ENDS = [
    (r"died: \w+: the worker was killed: it was refused", "system calls"),
    (r"died: \w+: the worker is gone", "its own end"),
    (r"died", "wire"),
    (r"deadline$", "deadline"),
    (r"(RemoteError )?MemoryError$|OSError$|RecursionError$|refused$", "limits"),
    (r"'?ImportError|ModuleNotFoundError", "imports"),
]


def judge(kind, told, denied):
    """`told` of a call is its number: below zero is an error."""
    if told.startswith("reached"):
        return THROUGH
    if re.match(r"-?\d+$", told) and kind in calls.KINDS:
        if int(told) >= 0:
            return FREE
        if any(how == "syscall" for how, _ in denied):
            return "system calls"
        return os.strerror(-int(told))
    for pattern, word in ENDS:
        if re.match(pattern, told):
            return word
    if any(how == "syscall" for how, _ in denied):
        return "system calls"
    if kind == "imports" and any(how == "import" for how, _ in denied):
        return "imports"
    return "values"


def run_host(rows, outside, user=0):
    """[Told] of the rows, by one host; shorter where the host went down."""
    policy, job = outside.path("policy-%d.ini" % user), outside.path("job-%d.json" % user)
    outside.write(policy, POLICY.format(own=outside.own).lstrip())
    os.chmod(policy, 0o644)
    outside.write(job, json.dumps({"policy": policy, "log": outside.path("logs", "%d.jsonl" % user),
                                   "user": user, "rows": [row.job for row in rows]}))
    out, said = outside.path("out-%d" % user), outside.path("errors-%d" % user)
    with open(out, "w") as told, open(said, "w") as errors:
        process = subprocess.Popen([sys.executable, str(HERE / "host.py"), job], cwd=outside.folder,
                                   stdin=subprocess.DEVNULL, stdout=told, stderr=errors,
                                   env=environment(outside.packages),
                                   start_new_session=True)
        try:
            process.wait(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            pass
        finally:
            try:
                os.killpg(process.pid, 9)
            except (ProcessLookupError, PermissionError):
                pass
            process.wait()
    with open(out) as file:
        lines = file.read().splitlines()
    with open(said) as file:
        said = file.read()
    told = [Told(row, **json.loads(line)) for row, line in zip(rows, lines)]
    whole = lines[-1:] == ["end"] and process.returncode == 0
    return told, None if whole else "the host ended with %s after %d of %d\n%s" % (
        process.returncode, len(told), len(rows), said[-2000:])


AS_NOBODY = """
import os, sys
os.setgroups([])
os.setresgid({0}, {0}, {0})
os.setresuid({0}, {0}, {0})
for path in sys.argv[1:]:
    open(path, "rb").close()
os.execv(sys.executable, [sys.executable, "-c", "import ctypes"])
"""


def nobody_can_run_it():
    """Whether the Python and the build are where nobody may go."""
    needed = [os.__file__, str(BUILD / "python" / "stockade" / "__init__.py"), str(HERE / "host.py")]
    return subprocess.run([sys.executable, "-c", AS_NOBODY.format(NOBODY)] + needed, env=environment(),
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def attempts(user):
    """What became of all of them, as this user; and what failed."""
    known, outside = numbers(), Outside()
    try:
        rows = call_rows(outside, known, "strict") + try_rows(outside, known) + \
            call_rows(outside, known, "widest")
        told, failure = run_host(rows, outside, user)
        if not failure and not outside.is_as_it_was():
            failure = "the files outside are not as they were"
        return told, failure
    finally:
        outside.remove()
