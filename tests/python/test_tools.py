# SPDX-License-Identifier: Apache-2.0
# covers: python/signed/likeness.c
# covers: python/signed/reader.c
# covers: python/signed/resource.c
# covers: python/signed/verifiedspec.c
"""Tools cannot tell who loaded a module: the same program prints the same,
plain and verified, in each of the ways that code can be signed."""

import os
import re
import shutil
import subprocess

import coverage
import pytest

import guarded
from clitool import STOCKADE, answer, run
from toolrows import FILES, ROWS

WAYS = ["detached", "tree", "bundle", "alone"]


def python_of_the_build():
    told, _ = answer("doctor")
    return told["python"]["executable"], tuple(map(int, told["python"]["version"].split(".")[:2]))


PYTHON, VERSION = python_of_the_build()


class Site:
    """The files in a folder of their own, and a policy that wants them signed."""

    def __init__(self, folder, key):
        self.folder = folder
        self.lib = folder / "lib"
        self.key = key
        for path, text in FILES.items():
            file = self.lib / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    def policy(self, rule):
        public = (self.key + ".pub")
        text = open(public, encoding="ascii").read().split("\n")[1]
        (self.folder / "policy.ini").write_text(
            "[stockade]\nversion = 1\ndefault = allow\n[key a]\npublic = %s\nmodules = *\n"
            "[modules]\nshop = %s\n" % (text, rule))

    def command(self, *args):
        done = run(*args)
        assert done.returncode == 0, done.stderr

    def sign_detached(self):
        for path in FILES:
            if path.endswith(".py"):
                self.command("sign", "--key", self.key + ".key", "--root", str(self.lib),
                             str(self.lib / path))
        self.policy("signed")

    def sign_tree(self):
        self.command("sign", "--key", self.key + ".key", str(self.lib))
        self.policy("signed")

    def sign_bundle(self):
        self.command("bundle", "--key", self.key + ".key", "--python", PYTHON,
                     "-o", str(self.folder / "shop.stk"), str(self.lib))
        shutil.move(str(self.folder / "shop.stk"), str(self.lib / "shop.stk"))
        self.policy("signed bundle:lib/shop.stk")

    def sign_alone(self):
        self.sign_bundle()
        for path in self.lib.iterdir():
            if path.is_dir():
                shutil.rmtree(str(path))

    def run(self, row, verified):
        script = self.folder / "program.py"
        script.write_text(guarded.dedent(row.code or ""), encoding="utf-8")
        command = [PYTHON] if not verified else [
            STOCKADE, "run", "-p", str(self.folder / "policy.ini"), "--audit",
            str(self.folder / "log")]
        env = guarded.environment(PYTHONPATH=str(self.lib), PYTHONIOENCODING="utf-8",
                                  PYTHONHASHSEED="0", TMPDIR=str(self.folder),
                                  TESTS_SITE=os.path.dirname(os.path.dirname(coverage.__file__)))
        done = subprocess.run(
            command + (row.argv or [str(script)]), cwd=str(self.folder), env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=60)
        return Told(done, str(self.folder))


class Told:
    """What a program printed, with what differs between any two runs made the same."""

    def __init__(self, process, folder):
        self.code = process.returncode
        self.out = self.same(process.stdout, folder)
        self.err = self.same(process.stderr, folder)

    @staticmethod
    def same(data, folder):
        text = data.decode("utf-8", "backslashreplace").replace(folder, "FOLDER")
        return re.sub(r"0x[0-9a-f]{6,}", "0xADDRESS", text)

    def __eq__(self, other):
        return (self.code, self.out, self.err) == (other.code, other.out, other.err)

    def __repr__(self):
        return "exit %d\n%s\n%s" % (self.code, self.out, self.err)


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    assert run("keygen", "-W", "-o", str(folder / "a")).returncode == 0
    return str(folder / "a")


@pytest.fixture(scope="module")
def sites(tmp_path_factory, key):
    """One site a way, and a plain one."""
    made = {"plain": Site(tmp_path_factory.mktemp("plain"), key)}
    for way in WAYS:
        made[way] = Site(tmp_path_factory.mktemp(way), key)
        getattr(made[way], "sign_" + way)()
    return made


@pytest.fixture(scope="module")
def plain(sites):
    told = {}

    def run_once(row):
        if row.title not in told:
            told[row.title] = sites["plain"].run(row, verified=False)
        return told[row.title]
    return run_once


ROWS_HERE = [row for row in ROWS if row.since <= VERSION < row.until]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("row", ROWS_HERE, ids=lambda row: row.title)
def test_the_same_program_prints_the_same(sites, plain, row, way):
    wanted = plain(row)
    assert (wanted.code != 0) == row.fails, wanted
    told = sites[way].run(row, verified=True)
    if way in row.differs and row.differs_since <= VERSION < row.differs_until:
        assert told != wanted
    else:
        assert told == wanted
