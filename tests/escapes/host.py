# SPDX-License-Identifier: Apache-2.0
"""The host of the attempts: a program, run as `host.py JOB`.

The job is JSON: the policy, where to log, and rows, each with its source, the
profile, how long it may take and what to look at afterwards. For each row one
line of JSON is printed: what it came to.

An attempt has a worker of its own. It has got through when it returns text
that begins with "reached", or when what the host looks at afterwards says so:
an AssertionError.
"""

import ctypes
import gc
import json
import os
import resource
import sys
import time

import stockade

BUSY = 60  # seconds that a machine may be slower, and none of it the attempt's


def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def name_of(error):
    """What stopped it, as the host was told."""
    if isinstance(error, stockade.SandboxTimeout):
        return "deadline"
    if isinstance(error, stockade.WorkerDied):
        return "died: " + str(error)
    if type(error) is stockade.SandboxError:
        return "SandboxError: " + str(error)
    if isinstance(error, stockade.RemoteError):
        return "RemoteError " + error.remote_type
    return type(error).__name__


class Attempt:
    def __init__(self, guard, number, row):
        self.row = row
        self.guard = guard
        self.box = guard.sandbox(row["profile"])
        self.name = "try%d" % number
        self.value = self.error = self.done = None
        self.timed_out = False
        self.began = None

    def run(self, source, **more):
        more.setdefault("timeout", self.row["timeout"])
        return self.box.run(source, name=self.name, **more)

    def make(self):
        try:
            if self.row["before"]:
                self.run(self.row["before"], timeout=10.0)
            self.began = time.monotonic()
            self.done = self.run(self.row["source"], inputs=self.row["inputs"])
            self.value = self.done.value
        except BaseException as error:  # whatever it is: the host goes on
            self.error = error
            self.timed_out = isinstance(error, stockade.SandboxTimeout)
            self.done = getattr(error, "result", None) or getattr(error.__cause__, "result", None)

    def look(self):
        """What the host's own code makes of it; it may raise."""
        scope = {"box": self.box, "run": self.run, "value": self.value, "error": self.error,
                 "done": self.done, "began": self.began, "guard": self.guard, "stockade": stockade, "inputs": self.row["inputs"], "told": None}
        exec(self.row["host"], scope)
        return scope["told"]

    def judge(self):
        if isinstance(self.value, str) and self.value.startswith("reached"):
            return self.value
        try:
            told = self.look()
        except AssertionError as error:
            return "reached: %s" % (error or "the host")
        except BaseException as error:
            told = name_of(error)
        if told is None:
            told = name_of(self.error) if self.error is not None else ascii(self.value)
        return told[:160]


def run_row(guard, number, row):
    began, before = time.monotonic(), memory()
    attempt = Attempt(guard, number, row)
    attempt.make()
    told = attempt.judge()
    took, grown = time.monotonic() - began, memory() - before
    denied = [list(pair) for pair in attempt.done.denied] if attempt.done else []
    attempt.value = attempt.error = None
    attempt.box.close()
    late = attempt.timed_out and not row["slack"]
    if late or took > row["timeout"] + row["slack"] + BUSY:
        told = "reached: the host waited %.1f s" % took
    if grown > row["memory"]:
        told = "reached: the host has %d MB more" % (grown >> 20)
    return {"told": told, "denied": denied[:20], "took": round(took, 2)}


def become(user):
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # dumpable: /proc/self is its own


def main():
    with open(sys.argv[1]) as file:
        job = json.load(file)
    become(job["user"])
    guard = stockade.install(job["policy"], audit="file:" + job["log"])
    for number, row in enumerate(job["rows"]):
        print(json.dumps(run_row(guard, number, row)), flush=True)
        gc.collect()
    print("end", flush=True)


if __name__ == "__main__":
    main()
