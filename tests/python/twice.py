# SPDX-License-Identifier: Apache-2.0
"""The same program without the guard and with it, under policies that allow
everything: what it prints, what it says on stderr and how it ends must be
the same. The guard comes from sitecustomize, so that no line of the program
moves and what it starts is guarded, too."""

import difflib
import json
import os
import re
import shutil
import subprocess
import sys

from guarded import BUILD, dedent, environment

ADDRESS = re.compile("0x[0-9a-f]+")

INSTALL = """
import os
if os.environ.get("TWICE_POLICY"):
    import stockade
    if not stockade.current():
        stockade.install(os.environ["TWICE_POLICY"])
"""

ALLOW = """
[stockade]
version = 1
default = allow
trusted = @stdlib
shadowing = allow
audit = file:{log}
cached = all
"""

# Every name is free; and: nobody's is, so that all who ask are found.
POLICIES = {
    "quick": {"policy.ini": ALLOW},
    "whole": {
        "policy.ini": ALLOW + "observe = observed.ini\n",
        "observed.ini": "[stockade]\nversion = 1\ndefault = deny\n"
                        "[modules from nobody.at.all]\n* = deny\n",
    },
}


class Ran:
    def __init__(self, process, log):
        self.out = process.stdout
        self.err = process.stderr
        self.code = process.returncode
        self.records = []
        if os.path.exists(log):
            with open(log, encoding="utf-8") as lines:
                self.records = [json.loads(line) for line in lines]
            os.unlink(log)

    def seen(self):
        """Addresses differ from run to run."""
        return (ADDRESS.sub("0x", self.out), ADDRESS.sub("0x", self.err),
                self.code)


class Twice:
    def __init__(self, folder):
        self.folder = str(folder / "program")
        self.side = str(folder / "side")
        os.mkdir(self.side)
        self.log = os.path.join(self.side, "imports.jsonl")
        self._write(self.side, {"sitecustomize.py": INSTALL})

    def _write(self, folder, files):
        for name, text in files.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(dedent(text))

    def once(self, way, files, argv, env):
        """One run in a fresh folder; `way` None is without the guard."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)
        self._write(self.folder, files)
        full = environment(**env)
        full["PYTHONPATH"] += os.pathsep + self.side
        if way:
            self._write(self.side, {
                name: text.replace("{log}", self.log)
                for name, text in POLICIES[way].items()})
            full["TWICE_POLICY"] = os.path.join(self.side, "policy.ini")
        process = subprocess.run(
            [sys.executable] + list(argv), cwd=self.folder, env=full,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, universal_newlines=True,
            errors="backslashreplace", timeout=120)
        return Ran(process, self.log)

    @staticmethod
    def difference(way, bare, held):
        return "\n".join(difflib.unified_diff(
            "\n".join(map(str, bare.seen())).splitlines(),
            "\n".join(map(str, held.seen())).splitlines(),
            "without the guard", way, lineterm=""))

    def run(self, program, files=(), argv=("main.py",), code=0, **env):
        """Asserts that nothing differs; gives the run without the guard."""
        files = dict(files, **{"main.py": program})
        bare = self.once(None, files, argv, env)
        assert bare.code == code, bare.err
        for way in POLICIES:
            held = self.once(way, files, argv, env)
            assert held.seen() == bare.seen(), self.difference(
                way, bare, held)
            assert held.records, way
        return bare


assert os.path.isdir(os.path.join(BUILD, "python")), BUILD
