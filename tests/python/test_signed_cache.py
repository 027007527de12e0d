# SPDX-License-Identifier: Apache-2.0
"""[signing] cache: code that its owner made, for sources that are signed without it."""

import hashlib
import os
import re
import shutil
import stat
import struct
import subprocess

import pytest

import clitool
import guarded
from signing import Site, needs_minisign, plain_python

pytestmark = [
    needs_minisign,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users"),
    pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not installed"),
]

OWNER = 12345
# may do what a user may, and no more: the other user of these tests
USER = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--groups", str(OWNER)]
EVIL = "print('evil')\n"
GOOD = "print('good', __file__)\ndef f():\n    return f.__code__.co_filename\n"
# what no source says: who prints it was run out of the cache
KEPT = "print('good and kept')\n"
COMPILE = """\
import importlib.util, marshal, sys
sys.stdout.buffer.write(importlib.util.MAGIC_NUMBER + sys.implementation.cache_tag.encode() + b"\\0"
                        + marshal.dumps(compile(sys.argv[1], "shop.py", "exec")))
"""


def compiled(text):
    """The magic number, the cache tag and the code of it, of the Python of the build."""
    out = subprocess.run([plain_python(), "-I", "-c", COMPILE, text], check=True,
                         stdout=subprocess.PIPE).stdout
    return (out[:4],) + out[4:].partition(b"\0")[::2]


def digest(data, key=b""):
    return hashlib.blake2b(data, key=key, digest_size=32).digest()


def fields(*texts):
    return b"".join(struct.pack("<Q", len(text)) + text for text in texts)


class Cached(Site):
    """A site with a cache that another user owns."""

    def __init__(self, folder):
        super().__init__(folder)
        self.cache = folder / "cache"
        self.policy("[modules]\nshop = signed\n", "[signing]\ncache = cache\n")
        # what the owner has to reach
        for at in [folder, *folder.parents]:
            if at == at.parent or stat.S_IMODE(at.stat().st_mode) & 0o005 == 0o005:
                break
            at.chmod(0o755)

    def fill(self, *words):
        """stockade verify --cache, and then it is all another user's."""
        done = clitool.run("verify", "--policy", self.ini, "--cache", *words)
        for folder, _, files in os.walk(str(self.cache)):
            for name in ["", *files]:
                os.chown(os.path.join(folder, name), OWNER, OWNER)
        return done

    def entries(self):
        return sorted(path for path in self.cache.glob("*/*"))

    def start(self, *words, **more):
        log = self.folder / "log"
        if log.exists():
            log.unlink()
        process = subprocess.run(
            [*USER, clitool.STOCKADE, "run", "-p", str(self.ini), "--audit", str(log), *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            universal_newlines=True, env=guarded.environment(**more), timeout=60,
            cwd=str(self.folder))
        return guarded.Done(process, str(log))

    def forge(self, entry, text):
        """Another code with the MAC that is there."""
        entry.write_bytes(entry.read_bytes()[:40] + compiled(text)[2])

    def replace(self, module, text, optimisation=0):
        """Another code with a MAC of its own, by stockade-formats(5): as the owner could."""
        magic, tag, code = compiled(text)
        source = (self.lib / (module.replace(".", "/") + ".py")).read_bytes()
        item = fields(b"stockade code cache 1", magic, tag, bytes([optimisation]),
                      module.encode(), digest(source))
        name = digest(item).hex()
        key = bytes.fromhex((self.cache / "key").read_text())
        entry = self.cache / name[:2] / name
        kept = entry.read_bytes()
        assert kept[:40] == b"STKCODE1" + digest(item + fields(kept[40:]), key)
        entry.write_bytes(b"STKCODE1" + digest(item + fields(code), key) + code)


@pytest.fixture
def site(tmp_path):
    made = Cached(tmp_path)
    made.write("shop.py", GOOD, "shop")
    return made


def imported(done, reason):
    assert done.code == 0, done.err
    assert done.out.startswith("good ")
    [record] = [one for one in done.attempts("shop") if not one.get("cached")]
    assert (record["verdict"], record["outcome"], record["reason"]) == ("allow", "found", reason)
    return record


def test_code_of_the_cache_is_what_runs(site):
    done = site.fill(site.lib / "shop.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "%s: code kept 1 time" % site.cache
    assert len(site.entries()) == 1
    done = site.run("import shop; print(shop.f() == shop.__file__)")
    imported(done, "rule")
    assert done.out.splitlines()[1] == "True"
    site.replace("shop", KEPT)
    done = site.run("import shop")
    imported(done, "rule")
    assert done.out == "good and kept\n"


def test_without_an_entry_it_is_compiled(site):
    site.fill(site.lib / "shop.py")
    site.entries()[0].unlink()
    assert "error" not in imported(site.run("import shop"), "rule")


@pytest.mark.parametrize("what", ["forged", "altered", "truncated", "empty"])
def test_what_was_changed_is_not_run_and_recorded(site, what):
    site.fill(site.lib / "shop.py")
    [entry] = site.entries()
    data = entry.read_bytes()
    if what == "forged":
        site.forge(entry, EVIL)
    else:
        entry.write_bytes({"altered": data[:-1] + bytes([data[-1] ^ 1]), "truncated": data[:-9],
                           "empty": b""}[what])
    record = imported(site.run("import shop"), "cache-refused")
    assert record["error"] == "%s is not what was kept there" % entry


def test_the_code_of_another_module_is_not_run(site):
    site.write("evil.py", EVIL, "evil")
    site.fill(site.lib / "shop.py")
    [entry] = site.entries()
    shutil.rmtree(str(site.cache))
    site.fill(site.lib / "evil.py")
    [evil] = site.entries()
    entry.parent.mkdir(exist_ok=True)
    shutil.copy(str(evil), str(entry))
    for path in (entry.parent, entry):
        os.chown(str(path), OWNER, OWNER)
    imported(site.run("import shop"), "cache-refused")


def test_the_code_of_another_cache_is_not_run(site):
    site.fill(site.lib / "shop.py")
    [entry] = site.entries()
    data = entry.read_bytes()
    shutil.rmtree(str(site.cache))
    site.fill(site.lib / "shop.py")
    entry.write_bytes(data)
    imported(site.run("import shop"), "cache-refused")


def test_the_code_of_an_older_source_is_not_found(site):
    site.fill(site.lib / "shop.py")
    site.write("shop.py", GOOD + "new = 1\n", "shop")
    done = site.run("import shop; print(shop.new)")
    imported(done, "rule")
    assert done.out.endswith("\n1\n")


def test_the_code_of_another_optimisation_is_not_found(site):
    site.fill("--optimize", "2", site.lib / "shop.py")
    assert len(site.entries()) == 1
    site.replace("shop", KEPT, optimisation=2)
    done = site.run("import shop")
    imported(done, "rule")
    assert "kept" not in done.out


def test_a_tree_without_code_is_kept(site):
    site.write("pack/__init__.py", "print('good')\n")
    site.write("pack/part.py", "x = 1\n")
    assert clitool.run("sign", "--no-code", "--key", site.key.secret_file,
                       site.lib / "pack").returncode == 0
    told, code = clitool.answer("verify", "--policy", site.ini, "--cache", site.lib / "pack")
    assert (code, told["kept"]) == (0, 2)
    assert len(site.entries()) == 2


def test_a_tree_with_code_needs_none(site):
    site.write("pack/__init__.py", "print('good')\n")
    assert clitool.run("sign", "--key", site.key.secret_file, site.lib / "pack").returncode == 0
    told, code = clitool.answer("verify", "--policy", site.ini, "--cache", site.lib / "pack")
    assert (code, told["kept"]) == (0, 0)


def test_the_code_of_a_tree_is_what_runs(site):
    site.policy("[modules]\nshop = signed\npack = signed\n", "[signing]\ncache = cache\n")
    site.write("pack/__init__.py", "")
    site.write("pack/part.py", "def f():\n    return f.__code__.co_filename\n")
    clitool.run("sign", "--no-code", "--key", site.key.secret_file, site.lib / "pack")
    site.fill(site.lib / "pack")
    done = site.run("""
        import inspect, pack.part
        print(pack.part.f() == pack.part.__file__)
        print(inspect.getsource(pack.part.f).count("co_filename"))
    """)
    assert (done.code, done.out) == (0, "True\n1\n"), done.err
    site.replace("pack.part", KEPT)
    done = site.run("import pack.part")
    assert (done.code, done.out) == (0, "good and kept\n"), done.err


def test_what_is_not_good_is_not_kept(site):
    (site.lib / "shop.py").write_text(EVIL)
    done = site.fill(site.lib / "shop.py")
    assert done.returncode == 1
    assert site.entries() == []


@pytest.mark.parametrize("who", ["user", "everybody", "nobody"])
def test_a_cache_that_others_could_fill_is_refused(site, who):
    site.fill(site.lib / "shop.py")
    if who == "user":
        os.chown(str(site.cache), os.getuid(), -1)
        said = "belongs to the user that runs"
    elif who == "everybody":
        site.cache.chmod(0o777)
        said = "is writable by others"
    else:
        (site.cache / "key").unlink()
        said = "is missing; its owner makes it with: stockade verify --policy POLICY --cache"
    done = site.run("import shop")
    assert done.code != 0
    assert done.out == ""
    assert re.match(r".*policy\.ini: \[signing\] cache: .*" + said, done.err)
    assert len(done.err.splitlines()) == 1


def test_root_takes_no_code_from_a_cache(site):
    site.fill(site.lib / "shop.py")
    done = clitool.run("run", "-p", site.ini, "-c", "print(1)")
    assert done.returncode != 0
    assert "can be written by root" in done.stderr


@pytest.mark.parametrize("whom, more, said", [
    ("--key", ["--cache"], "--cache is for --policy"),
    ("--policy", ["--python", "python3"], "--python and --optimize are for --cache"),
    ("--policy", ["--optimize", "1"], "--python and --optimize are for --cache"),
])
def test_the_command_is_asked_rightly(site, whom, more, said):
    file = {"--key": site.key.public_file, "--policy": site.ini}[whom]
    done = clitool.run("verify", whom, file, *more, site.lib / "shop.py")
    assert done.returncode == 2
    assert said in done.stderr


def test_a_policy_without_a_cache_has_none_to_fill(site):
    site.policy("[modules]\nshop = signed\n")
    done = clitool.run("verify", "--policy", site.ini, "--cache", site.lib / "shop.py")
    assert done.returncode == 1
    assert "[signing] has no cache = FOLDER" in done.stderr
