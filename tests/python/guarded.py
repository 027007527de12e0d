# SPDX-License-Identifier: Apache-2.0
"""Programs under a policy, each in a process of its own."""

import json
import os
import re
import subprocess
import sys
import textwrap

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("STOCKADE_BUILD", os.path.join(ROOT, "build")))

DEADLINE = "deadline = 60s\n"

PREAMBLE = """\
import stockade as _stockade
_guard = _stockade.install({policy!r}, audit={audit!r})
"""


class Done:
    """What a program left behind."""

    def __init__(self, process, log):
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr
        self.log = log

    @property
    def records(self):
        with open(self.log, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def attempts(self, name=None, **fields):
        """The import records, of one name and with these fields."""
        wanted = dict(fields)
        if name:
            wanted["name"] = name
        return [
            record
            for record in self.records
            if record["event"] == "import"
            and all(record.get(key) == value for key, value in wanted.items())
        ]


def dedent(text):
    return textwrap.dedent(text).lstrip("\n")


# Nobody gets anything but the standard library; the program itself needs the two below it. What
# is added goes into [modules].
CLOSED = dedent("""
    default = deny
    trusted = @stdlib

    [modules]
    @stdlib = allow
    stockade = allow
    _stockade = allow
""")


def environment(**more):
    env = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("PYTHON") or key == "PYTHONMALLOC"
    }
    env["PYTHONPATH"] = os.path.join(BUILD, "python")
    env["PYTHONDONTWRITEBYTECODE"] = "1"
    env.update(more)
    return env


def patient(policy, profiles=()):
    """The policy, with a deadline in each profile that has none: a machine
    may be busy, and ours is not what a test is about that does not say so.
    `profiles` are built in, and used without being named."""
    parts = re.split(r"(?m)^(?=\[)", policy)
    sections = {part.partition("]")[0].lstrip("[") for part in parts}
    for n, part in enumerate(parts):
        if part.startswith("[sandbox ") and not re.search("(?m)^deadline *=", part):
            parts[n] = part.rstrip("\n") + "\n" + DEADLINE + "\n" * (n + 1 < len(parts))
    for name in sorted({"strict", "agent"} & (set(re.findall(r"sandbox:(\w+)", policy)) | set(profiles))):
        if "sandbox " + name not in sections:
            parts.append("\n[sandbox %s]\n%s" % (name, DEADLINE))
    return "".join(parts)


class Place:
    """A folder with a policy, a program and its modules."""

    profiles = ()

    def __init__(self, folder):
        self.folder = str(folder)
        self.log = os.path.join(self.folder, "imports.jsonl")

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(dedent(text))
        return path

    def policy(self, text, name="policy.ini"):
        return self.write(name, patient("[stockade]\nversion = 1\n" + dedent(text), self.profiles))

    def files(self, files):
        for name, text in files.items():
            self.write(name, text)

    def spawn(self, argv, env=None, **kwargs):
        kwargs.setdefault("timeout", 300)
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        process = subprocess.run(
            argv,
            cwd=self.folder,
            env=env or environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            errors="backslashreplace",
            **kwargs,
        )
        return Done(process, self.log)

    def install(self, main, *args, **kwargs):
        """Runs `main` in this very Python, under stockade.install()."""
        preamble = PREAMBLE.format(
            policy=self.path("policy.ini"), audit="file:" + self.log
        )
        script = self.path("main.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(preamble + dedent(main))
        return self.spawn([sys.executable, script, *args], **kwargs)

    def run(self, *args, **kwargs):
        """Runs `stockade run` with these arguments."""
        return self.spawn(
            [
                os.path.join(BUILD, "stockade"),
                "run",
                "-p",
                self.path("policy.ini"),
                "--audit",
                "file:" + self.log,
                *args,
            ],
            **kwargs,
        )
