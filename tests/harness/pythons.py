# SPDX-License-Identifier: Apache-2.0
"""Every supported Python of this machine, the default one first."""

import glob
import json
import os
import shutil
import subprocess
import sys

OLDEST = (3, 8)
NEWEST = (3, 13)

ASK = r"""
import json, os, platform, sys, sysconfig
v = sysconfig.get_config_var
libraries = [os.path.join(v(d) or "", v(n) or "") for d, n in
             [("LIBDIR", "LDLIBRARY"), ("LIBPL", "LIBRARY")]]
include = sysconfig.get_path("include")
lacks = []
if not os.path.isfile(os.path.join(include, "Python.h")):
    lacks.append("Python.h")
if not any(map(os.path.isfile, libraries)):
    lacks.append("libpython")
for name in ("venv", "ensurepip"):
    try:
        __import__(name)
    except ImportError:
        lacks.append(name)
if v("Py_GIL_DISABLED"):
    lacks.append("a GIL")
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "implementation": platform.python_implementation(),
    "executable": os.path.realpath(
        getattr(sys, "_base_executable", None) or sys.executable),
    "lacks": lacks,
}))
"""


class Python:
    def __init__(self, facts):
        self.version = tuple(facts["version"])
        self.executable = facts["executable"]
        self.lacks = facts["lacks"]
        self.label = "%d.%d.%d" % self.version

    def supported(self):
        return OLDEST <= self.version[:2] <= NEWEST


def ask(command):
    """What an interpreter says of itself, or None when it is none."""
    try:
        done = subprocess.run([command, "-I", "-c", ASK], timeout=60,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL,
                              stdin=subprocess.DEVNULL)
        facts = json.loads(done.stdout.decode())
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    if facts["implementation"] != "CPython" or facts["version"][0] != 3:
        return None
    return Python(facts)


def candidates():
    yield "python3"
    yield "/usr/bin/python3"
    folders = os.environ.get("PATH", "").split(os.pathsep)
    folders += ["/usr/bin", "/usr/local/bin"]
    roots = [os.environ.get("PYENV_ROOT") or os.path.expanduser("~/.pyenv")]
    for root in roots:
        folders += sorted(glob.glob(os.path.join(root, "versions/*/bin")))
    for folder in folders:
        for path in sorted(glob.glob(os.path.join(folder, "python3*"))):
            tail = os.path.basename(path)[len("python3"):]
            if tail == "" or tail[1:].isdigit():
                yield path


def find():
    """(supported ones, default first; those that are newer)."""
    found, newer, seen = [], [], set()
    for command in candidates():
        if os.sep not in command and not shutil.which(command):
            continue
        python = ask(command)
        if not python or python.executable in seen:
            continue
        seen.add(python.executable)
        if python.supported():
            found.append(python)
        elif python.version[:2] > NEWEST:
            newer.append(python)
    labels = [python.label for python in found]
    for python in found:
        if labels.count(python.label) > 1:
            python.label += "-" + python.executable.strip("/").split("/")[0]
    rest = sorted(found[1:], key=lambda python: python.version)
    return found[:1] + rest, newer


if __name__ == "__main__":
    supported, newer = find()
    for python in supported + newer:
        print(python.label, python.executable, *python.lacks)
    sys.exit(0 if supported else 1)
