# SPDX-License-Identifier: Apache-2.0
"""Imports, reloads and denials under valgrind: none touches what is not its own, none loses a byte."""

import os
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(not shutil.which("valgrind"), reason="there is no valgrind")

POLICY = """\
[stockade]
version = 1
default = allow
trusted = @stdlib
[modules from __main__]
colorsys = deny
"""

PROGRAM = """
import importlib.util, sys
sys.path.insert(0, {package!r})
import stockade
stockade.install("p.ini", audit="file:log.jsonl")
import library
for _ in range(int(sys.argv[1])):
    importlib.reload(library)
    del sys.modules["library"]
    import library
    import json
    try:
        import colorsys
    except ImportError:
        pass
    importlib.util.find_spec("library")
"""


def lost(folder, rounds):
    """Bytes that nothing leads to any more."""
    log = folder / ("valgrind-%d" % rounds)
    done = subprocess.run(
        ["valgrind", "--undef-value-errors=no", "--error-exitcode=9", "--leak-check=full",
         "--errors-for-leak-kinds=none", "--show-leak-kinds=none", "--log-file=%s" % log,
         sys.executable, "-S", "main.py", str(rounds)],
        cwd=str(folder), env={**os.environ, "PYTHONMALLOC": "malloc"}, timeout=300,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    told = log.read_text()
    assert done.returncode == 0, done.stdout + told
    found = re.search(r"definitely lost: ([\d,]+) bytes", told)
    return int(found.group(1).replace(",", "")) if found else 0


def test_nothing_is_lost_by_the_round(build, tmp_path):
    (tmp_path / "p.ini").write_text(POLICY)
    (tmp_path / "library.py").write_text("import json\nvalue = [1]\n")
    (tmp_path / "main.py").write_text(textwrap.dedent(PROGRAM.format(package=str(build / "python"))))
    assert lost(tmp_path, 120) <= lost(tmp_path, 20)
