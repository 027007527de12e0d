# SPDX-License-Identifier: Apache-2.0
"""[signing] cache: code that its owner made, for sources that are signed without it."""

import os
import re
import shutil
import stat
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

    def forge(self, entry, code):
        """Another code with the MAC that is there."""
        source = self.folder / "forged.py"
        source.write_text(code)
        marshalled = subprocess.run(
            [plain_python(), "-I", "-c", "import marshal, sys; sys.stdout.buffer.write(marshal"
             ".dumps(compile(open(sys.argv[1]).read(), 'shop.py', 'exec')))", str(source)],
            check=True, stdout=subprocess.PIPE).stdout
        entry.write_bytes(entry.read_bytes()[:40] + marshalled)


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
    assert done.stdout.splitlines()[-1] == "%s: code kept 1 times" % site.cache
    assert len(site.entries()) == 1
    done = site.run("""
        compiled = []
        def watch(event, args):
            if event == "compile" and "shop" in str(args[1]):
                compiled.append(args[1])
        sys.addaudithook(watch)
        import shop
        print(compiled, shop.f() == shop.__file__)
    """)
    imported(done, "rule")
    assert done.out.splitlines()[1] == "[] True"


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
    site.fill(site.lib / "evil.py")
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
    imported(site.run("import shop"), "rule")


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
        compiled = []
        def watch(event, args):
            if event == "compile" and "pack" in str(args[1]):
                compiled.append(args[1])
        sys.addaudithook(watch)
        import inspect, pack.part
        print(compiled, pack.part.f() == pack.part.__file__)
        print(inspect.getsource(pack.part.f).count("co_filename"))
    """)
    assert (done.code, done.out) == (0, "[] True\n1\n"), done.err


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


@pytest.mark.parametrize("line, code, said", [
    (["--key", "k", "--cache"], 2, None),
    (["--python", "python3"], 2, "--python and --optimize are for --cache"),
    (["--optimize", "1"], 2, "--python and --optimize are for --cache"),
])
def test_the_command_is_asked_rightly(site, line, code, said):
    first = [] if line[0] == "--key" else ["--policy", site.ini]
    if not first:
        line[1] = site.key.public_file
        said = "--cache is for --policy"
    done = clitool.run("verify", *first, *line, site.lib / "shop.py")
    assert done.returncode == code
    assert said in done.stderr


def test_a_policy_without_a_cache_has_none_to_fill(site):
    site.policy("[modules]\nshop = signed\n")
    done = clitool.run("verify", "--policy", site.ini, "--cache", site.lib / "shop.py")
    assert done.returncode == 1
    assert "[signing] has no cache = FOLDER" in done.stderr
