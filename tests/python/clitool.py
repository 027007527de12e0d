# SPDX-License-Identifier: Apache-2.0
"""Running the command, and logs to run it on."""

import hashlib
import json
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("STOCKADE_BUILD", os.path.join(ROOT, "build")))
STOCKADE = os.path.join(BUILD, "stockade")
NO_HASH = "0" * 64


def environment(**more):
    """Ours, without what changes how Python or a terminal behaves."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    env.pop("NO_COLOR", None)
    env.update(more)
    return env


def run(*args, **kwargs):
    """Runs `stockade ARGS` to its end."""
    kwargs.setdefault("env", environment())
    kwargs.setdefault("timeout", 300)
    kwargs.setdefault("stdin", subprocess.DEVNULL if "input" not in kwargs else None)
    if kwargs["stdin"] is None:
        del kwargs["stdin"]
    return subprocess.run(
        [STOCKADE, *map(str, args)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        errors="surrogateescape",
        **kwargs,
    )


def answer(*args, **kwargs):
    """The JSON that `stockade ARGS --format json` answers, and its exit code."""
    done = run(*args, "--format", "json", **kwargs)
    return json.loads(done.stdout), done.returncode


def digest(line):
    return hashlib.blake2b(line.encode(), digest_size=32).hexdigest()


class Chain:
    """Records of one process, each naming the one before."""

    def __init__(self, pid=100, start="2026-01-31T12:00:00"):
        self.pid = pid
        self.start = start
        self.seq = 0
        self.prev = NO_HASH

    def line(self, event="import", **fields):
        record = {
            "v": 1,
            "seq": self.seq,
            "time": "%s.%06dZ" % (self.start, self.seq),
            "pid": self.pid,
            "tid": self.pid,
            "event": event,
        }
        record.update(fields)
        record["prev"] = self.prev
        text = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
        self.seq += 1
        self.prev = digest(text)
        return text


def sample_lines(pid=100):
    """A start, an allowed, a cached and two denied attempts, an end."""
    chain = Chain(pid)
    return [
        chain.line("start"),
        chain.line(
            name="json", importer="app", verdict="allow", rule="p.ini:7",
            reason="rule", outcome="found", ns=2000,
        ),
        chain.line(
            name="json", importer="app.sub", verdict="allow", rule="p.ini:7",
            reason="rule", cached=True, outcome="cached", ns=1000,
        ),
        chain.line(
            name="os.path", importer="plugins.a", verdict="deny", rule="p.ini:9",
            reason="rule", outcome="refused", ns=3000,
        ),
        chain.line(
            name="socket", verdict="deny", reason="default", outcome="refused",
            ns=6000,
        ),
        chain.line("end", count=5),
    ]


def write_lines(path, lines):
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path
