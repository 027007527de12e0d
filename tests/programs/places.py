# SPDX-License-Identifier: Apache-2.0
"""The venv that the programs are installed in, and where they are run."""

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements.txt"


class Unreachable(Exception):
    """PyPI cannot be reached, or this Python makes no venv."""


def python_of(stockade):
    """The Python that the command was built for."""
    done = subprocess.run([stockade, "doctor", "--format", "json"],
                          stdout=subprocess.PIPE, universal_newlines=True)
    return json.loads(done.stdout)["python"]["executable"]


def quiet(command, **more):
    return subprocess.run([str(word) for word in command], timeout=600,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, universal_newlines=True, **more)


def is_unreachable(text):
    """pip tried all it could and heard nothing, rather than no."""
    words = ("from versions: none|NewConnectionError|ConnectTimeout|Temporary failure|ReadTimeout"
             "|Connection (refused|broken|aborted|reset)|ProtocolError|IncompleteRead")
    return re.search(words, text)


def make_venv(python, folder):
    """Installs the programs, unless they are; gives the folder."""
    stamp = folder / "installed.txt"
    wanted = REQUIREMENTS.read_text()
    if stamp.is_file() and stamp.read_text() == wanted:
        return folder
    shutil.rmtree(str(folder), ignore_errors=True)
    # its own site-packages alone: what else is installed here differs
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = quiet([python, "-m", "venv", folder], env=environment)
    if done.returncode != 0:
        raise Unreachable("%s makes no venv: %s" % (python, done.stdout.strip()[-200:]))
    done = quiet([folder / "bin" / "python3", "-m", "pip", "install", "-q",
                  "--disable-pip-version-check", "--retries", "1", "--timeout", "30",
                  "--no-deps", "--only-binary", ":all:", "-r", REQUIREMENTS],
                 env=environment)
    if done.returncode != 0 and is_unreachable(done.stdout):
        raise Unreachable("PyPI cannot be reached: " + done.stdout.strip()[-200:])
    assert done.returncode == 0, done.stdout
    stamp.write_text(wanted)
    return folder


def site_packages(venv):
    found, = (venv / "lib").glob("python3.*/site-packages")
    return found


def environment_of(venv, home):
    """What a user has who has activated the venv."""
    kept = ("LD_PRELOAD", "ASAN_OPTIONS", "UBSAN_OPTIONS")
    env = {k: v for k, v in os.environ.items() if k in kept}
    env.update({
        "VIRTUAL_ENV": str(venv), "HOME": str(home), "TMPDIR": str(home),
        "PATH": "%s:%s" % (venv / "bin", os.environ["PATH"]), "LC_ALL": "C.UTF-8",
        "COLUMNS": "80", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0",
    })
    return env


class Done:
    """What a run left behind, with what differs between any two runs made
    the same: addresses, times, durations."""

    def __init__(self, process, seconds):
        self.seconds = seconds
        self.code = process.returncode
        self.out = self.same(process.stdout)
        self.err = self.same(process.stderr)

    @staticmethod
    def same(text):
        text = re.sub(r"0x[0-9a-f]{6,}", "0xADDRESS", text)
        text = re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?", "TIME", text)
        return re.sub(r"\b\d+\.\d+s\b", "SECONDS", text)

    def __eq__(self, other):
        return (self.code, self.out, self.err) == (other.code, other.out, other.err)

    def __repr__(self):
        return "exit %d\n%s\n%s" % (self.code, self.out, self.err)


class Place:
    """A folder with a copy of a project, new for every run, and a policy
    and logs beside it."""

    def __init__(self, folder, project, venv, stockade):
        self.folder = folder
        self.source = HERE / "projects" / project
        self.project = folder / "project"
        self.home = folder / "home"
        self.venv = venv
        self.stockade = stockade
        self.policy = folder / "policy.ini"
        self.log = folder / "imports.jsonl"

    def spawn(self, command, **more):
        for path in (self.project, self.home):
            shutil.rmtree(str(path), ignore_errors=True)
        shutil.copytree(str(self.source), str(self.project))
        self.home.mkdir()
        env = environment_of(self.venv, self.home)
        env.update(more)
        started = time.perf_counter()
        process = subprocess.run(
            [str(word) for word in command], cwd=str(self.project), env=env, timeout=300,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            universal_newlines=True, errors="backslashreplace")
        return Done(process, time.perf_counter() - started)

    def plain(self, program, **more):
        return self.spawn([self.venv / "bin" / "python3"] + program, **more)

    def learn(self, program, *options):
        return self.spawn([self.stockade, "learn", "-o", self.policy, "--keep-log",
                           self.folder / "learned.jsonl", "--force"]
                          + list(options) + program)

    def guarded(self, program, **more):
        if self.log.exists():
            self.log.unlink()
        return self.spawn([self.stockade, "run", "-p", self.policy, "--audit",
                           "file:%s" % self.log] + program, **more)

    def check(self):
        return quiet([self.stockade, "check", "--strict", self.policy])

    def verify(self):
        return quiet([self.stockade, "audit", "verify", self.log])

    @property
    def records(self):
        with open(str(self.log), encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    @property
    def denied(self):
        """Who was denied what, in the last guarded run."""
        return [(r["name"], r.get("importer")) for r in self.records
                if r.get("verdict") == "deny"]

    @property
    def sections(self):
        """The policy, as {"modules": {"json": "allow"}}."""
        found = {}
        for line in self.policy.read_text().splitlines():
            line = line.split(" ;")[0].strip()
            if line.startswith("["):
                rules = found.setdefault(line[1:-1], {})
            elif line and not line.startswith(";"):
                key, value = line.split(" = ")
                rules[key] = value
        return found
