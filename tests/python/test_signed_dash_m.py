# SPDX-License-Identifier: Apache-2.0
"""-m MODULE, where it must be signed: as CPython runs it, whatever kind of package it is in."""

import os
import subprocess

import pytest

import clitool
import guarded
from signing import Site, needs_minisign, plain_python

pytestmark = needs_minisign

FILES = {
    "app/__init__.py": "print('init', __name__)\n",
    "app/__main__.py": "import sys\nfrom . import part\n"
                       "print(__name__, __package__, __spec__.name, part.x, __file__, sys.argv)\n",
    "app/part.py": "x = 1\nif __name__ == '__main__':\n    print('part', __spec__.name)\n",
    "app/sub/__init__.py": "",
    "app/sub/__main__.py": "print('sub', __package__, __loader__.name)\n",
    "ns/mod.py": "print('mod', __package__, __spec__.name)\n",
    "ns/__main__.py": "print('ns', __package__)\n",
    "single.py": "import app.part\nraise ValueError(__spec__.name)\n",
}
RULES = "[modules]\n" + "".join("%s = signed%%s\n" % name for name in ("app", "ns", "single"))
WORDS = [("app", "a", "-b"), ("app.part",), ("app.sub",), ("app.__main__",), ("single",),
         ("nothing",), ("app.nothing",), ("app.sub.x",)]


def make(folder, kind):
    site = Site(folder)
    for path, text in FILES.items():
        site.write(path, text)
    key = ["--key", site.key.secret_file]
    if kind == "files":
        done = clitool.run("sign", *key, "--root", site.lib,
                           *(site.lib / path for path in FILES if not path.startswith("ns")))
        site.policy(RULES % ("", "", ""))
    elif kind == "tree":
        done = clitool.run("sign", *key, site.lib)
        site.policy(RULES % ("", "", ""))
    else:
        done = clitool.run("bundle", *key, "-o", folder / "lib.stk", site.lib)
        os.rename(str(folder / "lib.stk"), str(site.lib / "lib.stk"))
        site.policy(RULES % ((" bundle:lib/lib.stk",) * 3))
    assert done.returncode == 0, done.stderr
    return site


@pytest.fixture(scope="module", params=["files", "tree", "bundle"])
def site(request, tmp_path_factory):
    made = make(tmp_path_factory.mktemp(request.param), request.param)
    made.kind = request.param
    return made


def run(site, *command):
    return subprocess.run(
        list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True, timeout=60, cwd=str(site.lib),
        env=guarded.environment(PYTHONDONTWRITEBYTECODE="1"))


LAUNCHERS = {
    "run": lambda site: [clitool.STOCKADE, "run", "-p", site.ini],
    "wheel": lambda site: [plain_python(), "-m", "stockade", "run", "-p", site.ini],
}


@pytest.mark.parametrize("launcher", sorted(LAUNCHERS))
@pytest.mark.parametrize("words", [*WORDS, ("ns",), ("ns.mod",)], ids=lambda words: words[0])
def test_it_runs_as_without_a_guard(site, launcher, words):
    plain = run(site, plain_python(), "-m", *words)
    done = run(site, *LAUNCHERS[launcher](site), "-m", *words)
    if site.kind == "files" and words[0].startswith("ns"):
        # a namespace is signed by the tree that lists it, and by nothing else
        assert (done.returncode, done.stdout) == (1, "")
        assert "No module named" in done.stderr
        return
    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout), done.stderr
    last = plain.stderr.splitlines()[-1:]
    # the program names the python3 that it was built for
    last = [line.partition("python")[2].partition(": ")[2] or line for line in last]
    assert [line for line in done.stderr.splitlines() if last and line.endswith(last[0])] or not last


@pytest.mark.parametrize("launcher", sorted(LAUNCHERS))
@pytest.mark.parametrize("kind", ["files", "tree"])
def test_what_was_changed_does_not_run(tmp_path, launcher, kind):
    site = make(tmp_path, kind)
    (site.lib / "app/__main__.py").write_text("print('evil')\n")
    done = run(site, *LAUNCHERS[launcher](site), "-m", "app")
    assert done.returncode == 1
    assert "evil" not in done.stdout
    assert "(bad-signature)" in done.stderr or "(hash-mismatch)" in done.stderr
