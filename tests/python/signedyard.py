# SPDX-License-Identifier: Apache-2.0
"""A place where signed code is attacked: keys, trees, bundles and a policy."""

import os
import shutil
import subprocess

import pytest

import guarded
from clitool import run

EVIL = "open(%r, 'w').close()\nevil = True\n"

TRY = """\
import stockade
try:
    import %s
except stockade.SignatureError as error:
    assert isinstance(error, ImportError)
    print("refused", error.name, error.reason)
except ImportError as error:
    print("missing", error.name)
else:
    print("imported")
print(%r in sys.modules)
"""


class Yard:
    """Two keys, folders of signed code, and a policy that wants `shop` signed."""

    def __init__(self, folder):
        self.folder = folder
        self.lib = folder / "lib"
        self.ini = folder / "policy.ini"
        self.mark = folder / "ran"
        self.evil = EVIL % str(self.mark)
        for name in "ab":
            assert run("keygen", "-W", "-o", folder / name).returncode == 0
        self.grow(self.lib)
        self.policy()

    def public(self, name):
        return (self.folder / (name + ".pub")).read_text().split("\n")[1]

    def grow(self, folder, number=1):
        """The package shop, of which each file says which release it is of."""
        for path in ("__init__.py", "cart.py", "pay.py", "deep/__init__.py", "deep/low.py"):
            file = folder / "shop" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("release = %d\n" % number)
        (folder / "shop/table.txt").write_text("%d\n" % number)
        return folder / "shop"

    def policy(self, modules="shop = signed", signing="", keys="a", scope="*", more=""):
        text = "[stockade]\nversion = 1\ndefault = allow\n"
        for name in keys:
            text += "[key %s]\npublic = %s\nmodules = %s\n%s" % (
                name, self.public(name), scope, more)
        if signing:
            text += "[signing]\n" + signing + "\n"
        self.ini.write_text(guarded.patient(text + "[modules]\n" + modules + "\n"))

    def sign(self, tree, *options, key="a", root=None):
        root = ("--root", root) if root else ()
        done = run("sign", "--key", self.folder / (key + ".key"), *root, *options, tree)
        assert done.returncode == 0, done.stderr

    def bundle(self, tree, *options, output="shop.stk", key="a"):
        done = run("bundle", "--key", self.folder / (key + ".key"), "-o",
                   self.folder / output, *options, tree)
        assert done.returncode == 0, done.stderr
        return self.folder / output

    def run(self, code, *options, paths=None, env=None, before=""):
        script = self.folder / "program.py"
        script.write_text("%simport sys\nsys.path[:0] = %r\n%s" % (
            before, [str(path) for path in paths or [self.lib]], guarded.dedent(code)))
        log = self.folder / "log"
        if log.exists():
            log.unlink()
        process = subprocess.run(
            [os.path.join(guarded.BUILD, "stockade"), "run", "-p", str(self.ini),
             "--audit", str(log), *options, str(script)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True,
            env=env or guarded.environment(), timeout=60)
        return guarded.Done(process, str(log))

    def reason(self, name="shop.cart", **kwargs):
        """Why it is refused: told, recorded, with nothing run or left."""
        done = self.run(TRY % (name, name), **kwargs)
        assert done.code == 0, done.err
        first, last = done.out.splitlines()
        assert last == "False", done.out
        assert first.split()[0] == "refused", done.out
        told = first.split()[1]
        assert told == name or name.startswith(told + ".")
        record, = done.attempts(told, verdict="deny", outcome="refused")
        assert record["reason"] == first.split()[2]
        assert record["error"] and record["requirement"] == "signed"
        assert not self.mark.exists()
        return record["reason"]

    def missing(self, name, **kwargs):
        """Not there: neither refused nor taken from elsewhere."""
        done = self.run(TRY % (name, name), **kwargs)
        assert (done.code, done.out) == (0, "missing %s\nFalse\n" % name), done.out + done.err
        assert done.attempts(name, outcome="not-found")
        assert not self.mark.exists()

    def imports(self, name="shop.cart", **kwargs):
        done = self.run("import %s as m\nprint(type(m.__loader__).__name__, m.release)" % name,
                        **kwargs)
        assert done.code == 0, done.err
        loader, release = done.out.split()
        assert loader == "VerifiedLoader"
        return int(release)


def with_plugin(folder, text):
    """A yard with a module plugins.reports, of this text."""
    yard = Yard(folder)
    (yard.lib / "plugins").mkdir()
    (yard.lib / "plugins/__init__.py").write_text("")
    (yard.lib / "plugins/reports.py").write_text(text)
    return yard


@pytest.fixture
def yard(tmp_path):
    return Yard(tmp_path)


@pytest.fixture
def tree(yard):
    """shop, signed as a tree."""
    yard.sign(yard.lib / "shop", "--sequence", "5")
    assert yard.imports() == 1
    return yard


@pytest.fixture
def plain(yard):
    """shop, signed as a tree of sources."""
    yard.sign(yard.lib / "shop", "--sequence", "5", "--no-code")
    return yard


@pytest.fixture
def packed(yard):
    """shop in a bundle, with unsigned files of its names on sys.path."""
    yard.bundle(yard.lib / "shop", "--sequence", "5")
    yard.policy("shop = signed bundle:shop.stk")
    for file in (yard.lib / "shop").rglob("*.py"):
        file.write_text(yard.evil)
    assert yard.imports() == 1
    return yard
