# SPDX-License-Identifier: Apache-2.0
"""stockade bundle, and stockade verify of what it made."""

import hashlib
import os
import shutil
import struct
import subprocess

import pytest

from clitool import ROOT, answer, environment, run


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """src/shop, and two keys, in the working folder."""
    monkeypatch.chdir(tmp_path)
    files = {
        "__init__.py": "",
        "cart.py": "def total():\n    return 42\n",
        "list.json": "[1, 2]\n",
        "tests/__init__.py": "raise SystemExit('it runs')\n",
        "__pycache__/cart.cpython-311.pyc": "evil",
    }
    for name, text in files.items():
        path = tmp_path / "src" / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in "ab":
        assert run("keygen", "-W", "-o", name).returncode == 0
    return tmp_path


def bundle(*args, **kwargs):
    done = run("bundle", "--key", "a.key", "-o", "shop.stk", *args, **kwargs)
    assert (done.returncode, done.stderr) == (0, "")
    return done


def verify(*args):
    done = run("verify", "--key", "a.pub", *args)
    return done.returncode, done.stdout, done.stderr


def test_a_bundle_is_made_and_good(shop):
    done = bundle("src/shop", "--version", "2.4.1", "--sequence", "317")
    assert done.stdout.startswith("shop.stk: 4 files, 3 modules, code for cpython-3")
    code, out, err = verify("shop.stk")
    assert (code, err) == (0, "")
    assert out.startswith("shop.stk: good, the bundle shop signed by a.pub on ")
    assert out.endswith(", version 2.4.1\n")


def test_the_answer_for_programs(shop):
    told, code = answer("bundle", "--key", "a.key", "--key", "b.key", "-o", "s.stk",
                        "--exclude", "tests", "--optimize", "0", "--optimize", "2", "src")
    assert code == 0
    pythons = told.pop("pythons")
    assert [python["optimisation"] for python in pythons] == [0, 2]
    assert pythons[0]["tag"].startswith("cpython-3")
    assert len(bytes.fromhex(pythons[0]["magic"])) == 4
    size = told.pop("header")
    assert told == {
        "bundle": "s.stk", "name": "shop", "package": "shop", "files": 3, "modules": 2,
        "codes": 4, "uncompiled": 0, "bytes": os.path.getsize("s.stk"), "signatures": 2,
    }
    with open("s.stk", "rb") as file:
        assert struct.unpack_from("<8sI", file.read()) == (b"STKBNDL1", size)


def test_the_same_tree_gives_the_same_bytes(shop):
    made = []
    for date in (["--date", "2026-11-22"], ["--date", "2026-11-22"], []):
        bundle("src", *date, env=environment(SOURCE_DATE_EPOCH="1795305600"))
        made.append((shop / "shop.stk").read_bytes())
    assert made[0] == made[1] == made[2]


def test_sources_alone(shop):
    told, _ = answer("bundle", "--key", "a.key", "-o", "shop.stk", "--no-code", "src")
    assert (told["codes"], told["pythons"]) == (0, [])


def test_what_does_not_compile_is_said_and_has_no_code(shop):
    (shop / "src" / "shop" / "broken.py").write_text("x = (\n")
    done = run("bundle", "--key", "a.key", "-o", "shop.stk", "src")
    assert done.returncode == 0
    assert done.stderr.startswith("stockade: no code for shop/broken.py: cpython-3")
    assert "SyntaxError" in done.stderr
    assert verify("shop.stk")[0] == 0


def test_another_key_signs_it_too(shop):
    bundle("src")
    assert run("verify", "--key", "b.pub", "shop.stk").returncode == 1
    for line in (["bundle"], ["sign"]):
        shutil.copy("shop.stk", "more.stk")
        done = run(*line, "--additional", "--key", "b.key", "more.stk")
        assert (done.returncode, done.stderr) == (0, "")
        for key in ("a.pub", "b.pub"):
            assert run("verify", "--key", key, "more.stk").returncode == 0
    done = run("bundle", "--additional", "--key", "b.key", "more.stk")
    assert done.returncode == 1
    assert done.stderr == "stockade: more.stk: is signed with this key already\n"
    done = run("bundle", "--additional", "--key", "b.key", "a.pub")
    assert done.returncode == 1
    assert "is no bundle" in done.stderr


@pytest.mark.parametrize("command", ["bundle", "sign"])
@pytest.mark.parametrize("option, value, has", [
    ("--sequence", "9", "7"), ("--version", "3", "1"), ("--package", "store", "shop"),
    ("--context", "corp", ""), ("--expires", "2100-01-02T23:59:59Z", ""),
])
def test_another_key_does_not_sign_another_release(shop, command, option, value, has):
    bundle("--version", "1", "--sequence", "7", "src")
    before = open("shop.stk", "rb").read()
    done = run(command, "--additional", "--key", "b.key", option, value, "shop.stk")
    assert (done.returncode, done.stderr) == (1, (
        'stockade: shop.stk: %s is "%s", and what is there says "%s"; sign what it says, or make '
        "it anew, without --additional\n" % (option, value, has)))
    assert open("shop.stk", "rb").read() == before
    done = run(command, "--additional", "--key", "b.key", "--version", "1", "--sequence", "7",
               "--package", "shop", "shop.stk")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("option", [
    ["--root", "."], ["--no-code"], ["--exclude", "x"], ["--python", "p"], ["--optimize", "0"]])
def test_another_key_packs_nothing(shop, option):
    bundle("src")
    done = run("bundle", "--additional", "--key", "b.key", *option, "shop.stk")
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        "stockade bundle: --additional signs what the bundle has: nothing is packed, and what "
        "says how does not go with it")


def test_a_key_signs_once(shop):
    shutil.copy("a.key", "c.key")
    for line in ["-o", "shop.stk", "src"], ["--additional", "shop.stk"]:
        done = run("bundle", "--key", "a.key", "--key", "c.key", *line)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "stockade: c.key: this key was given before; a key signs once\n"


@pytest.mark.parametrize("path", ["Cart.py", "CART.PY", "List.json", "Tests/data.txt"])
def test_names_that_differ_in_case_alone_are_refused(shop, path):
    more = shop / "src" / "shop" / path
    more.parent.mkdir(exist_ok=True)
    more.write_text("")
    done = run("bundle", "--key", "a.key", "-o", "shop.stk", "src")
    assert (done.returncode, done.stdout) == (1, "")
    assert ("are equal but for their case: rename one, or sign what is below in trees of their "
            "own\n") in done.stderr
    assert not os.path.exists("shop.stk")


@pytest.mark.skipif(not shutil.which("minisign"), reason="minisign is not installed")
def test_a_bundle_is_not_signed_as_data_by_chance(shop):
    bundle("src")
    done = run("sign", "--key", "b.key", "shop.stk")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "stockade: shop.stk is a bundle, with its signatures in it: add one with --additional; "
        "a file beside it is for --kind data alone\n")
    assert not os.path.exists("shop.stk.minisig")
    assert run("sign", "--key", "b.key", "--kind", "data", "shop.stk").returncode == 0
    assert os.path.exists("shop.stk.minisig")


def test_minisign_takes_the_header(shop):
    bundle("src")
    check = (
        'head -c "$(od -An -tu4 -j8 -N4 shop.stk | tr -d " ")" shop.stk > header &&'
        " tail -n 4 shop.stk > header.minisig && minisign -Vm header -p a.pub"
    )
    assert subprocess.run(check, shell=True, stdout=subprocess.DEVNULL).returncode == 0
    with open("header", "r+b") as file:
        file.seek(30)
        file.write(b"x")
    assert subprocess.run("minisign -Vqm header -p a.pub", shell=True,
                          stderr=subprocess.DEVNULL).returncode != 0


def flip(offset):
    with open("shop.stk", "r+b") as file:
        data = bytearray(file.read())
        data[offset] ^= 1
        file.seek(0)
        file.write(data)


def header_size():
    with open("shop.stk", "rb") as file:
        return struct.unpack_from("<8sI", file.read())[1]


def test_verify_says_what_is_wrong(shop):
    bundle("src", "--python", os.path.realpath(shutil.which("python3")))
    size = header_size()
    flip(size + 4096)
    code, out, err = verify("shop.stk")
    assert code == 1
    assert out == ("shop.stk: hash-mismatch: its header is signed by a.pub, but 1 of its parts "
                   "is not what was signed; get it again\n")
    assert err == "stockade: shop.stk: shop/__init__.py, its code: hash-mismatch\n"
    flip(size + 100)
    code, out, err = verify("shop.stk")
    assert code == 1
    assert err.endswith("shop.stk: page 0 of its index is not what was signed\n")
    flip(30)
    code, out, err = verify("shop.stk")
    assert code == 1
    assert out.startswith("shop.stk: hash-mismatch: ") or ": bad-signature: " in out
    with open("shop.stk", "r+b") as file:
        file.truncate(size + 200)
    code, out, err = verify("shop.stk")
    assert (code, out) == (1, "shop.stk: malformed: is shorter than its header says\n")


POLICY = """\
[stockade]
version = 1
mode = enforce
default = deny
[key vendor]
public = %s
modules = %s
"""


def test_every_name_must_be_one_that_the_key_is_good_for(shop):
    (shop / "src" / "other.py").write_text("")
    bundle("src")
    public = (shop / "a.pub").read_text().split("\n")[1]
    for modules, code in (("shop", 1), ("shop, other", 0), ("*", 0)):
        (shop / "p.ini").write_text(POLICY % (public, modules))
        done = run("verify", "--policy", "p.ini", "shop.stk")
        assert done.returncode == code, done.stdout + done.stderr
        if code:
            assert done.stdout.startswith("shop.stk: key-out-of-scope: other is signed by vendor, ")


def test_a_standard_library(shop):
    told, code = answer("bundle", "--stdlib", "--no-code", "--package", "python", "--key",
                        "a.key", "-o", "stdlib.stk")
    assert code == 0
    assert (told["name"], told["package"]) == ("-", "python")
    assert told["modules"] > 500
    code, out, err = verify("stdlib.stk")
    assert (code, err) == (0, "")


@pytest.mark.parametrize("line, status, message", [
    (["src"], 2, "--key FILE is missing"),
    (["--key", "a.key", "src"], 2, "--output BUNDLE is missing"),
    (["--key", "a.key", "-o", "x.stk"], 2, ""),
    (["--key", "a.key", "-o", "x.stk", "--stdlib", "src"], 2, "--stdlib takes no TREE"),
    (["--key", "a.key", "-o", "x.stk", "--stdlib", "--root", "."], 2, "do not go with it"),
    (["--key", "a.key", "-o", "x.stk", "--additional", "a"], 2, "does not go with it"),
    (["--key", "a.key", "-o", "x.stk", "--optimize", "3", "src"], 2, "--optimize is 0, 1 or 2"),
    (["--key", "a.key", "-o", "x.stk", "--sequence", "x", "src"], 2, "--sequence is a number"),
    (["--key", "a.key", "-o", "x.stk", "--expires", "x", "src"], 2, "--expires is a date"),
    (["--key", "a.key", "-o", "x.stk", "--date", "x", "src"], 2, "--date is a date"),
    (["--key", "a.key", "-o", "x.stk", "--no-code", "--python", "p", "src"], 2, "do not go together"),
    (["--key", "a.key", "-o", "x.stk", "none"], 1, "cannot open"),
    (["--key", "none", "-o", "x.stk", "src"], 1, "none"),
    (["--key", "a.key", "-o", "x.stk", "--python", "/none", "src"], 1, "cannot run"),
    (["--key", "a.key", "-o", "none/x.stk", "src"], 1, "cannot create"),
    (["--key", "a.key", "-o", "x.stk", "--sequence", "3", "--no-code", "two"], 1, "--package NAME is missing"),
    (["--key", "a.key", "-o", "x.stk", "empty"], 1, "there is nothing to bundle"),
    (["--key", "a.key", "-o", "x.stk", "links"], 1, "is a link"),
])
def test_what_cannot_be(shop, line, status, message):
    for name in ("two", "empty", "links"):
        (shop / name).mkdir()
    for name in ("a.py", "b.py"):
        (shop / "two" / name).write_text("")
    (shop / "links" / "a.py").symlink_to("/etc/passwd")
    done = run("bundle", *line)
    assert message in done.stderr
    assert done.returncode == status, done.stderr
    assert not os.path.exists("x.stk")


# ---- what is in it ----------------------------------------------------------


def test_list_says_what_is_in_it(shop):
    bundle("src", "--exclude", "tests", "--optimize", "0", "--optimize", "2",
           "--version", "2.4.1")
    done = run("bundle", "--list", "--key", "a.pub", "shop.stk")
    assert (done.returncode, done.stderr) == (0, "")
    first, *rows = done.stdout.splitlines()
    assert first.startswith("shop.stk: good, the bundle shop signed by a.pub on ")
    tag = rows[1].split()[3].rstrip(",")
    assert tag.startswith("cpython-3")
    both = "%s, %s -OO" % (tag, tag)
    assert [" ".join(row.split()) for row in rows] == [
        "data 7 shop/list.json", "package 0 shop " + both, "module 27 shop.cart " + both]


def test_list_for_programs(shop):
    bundle("src", "--exclude", "tests", "--sequence", "7", "--date", "2026-11-22",
           env=environment())
    told, code = answer("bundle", "--list", "--key", "a.pub", "shop.stk")
    assert code == 0
    [python] = told.pop("pythons")
    assert (python["tag"][:9], python["optimisation"]) == ("cpython-3", 0)
    files = told.pop("files")
    assert [file.pop("stored") > 0 for file in files] == [True, False, True]
    assert files == [
        {"kind": "data", "name": None, "path": "shop/list.json", "size": 7, "codes": []},
        {"kind": "package", "name": "shop", "path": "shop/__init__.py", "size": 0,
         "codes": [0]},
        {"kind": "module", "name": "shop.cart", "path": "shop/cart.py", "size": 27,
         "codes": [0]},
    ]
    assert told == {
        "bundle": "shop.stk", "trust": "ok", "name": "shop", "key": "a.pub",
        "package": "shop", "version": "", "context": "", "sequence": 7,
        "signed": "2026-11-22", "expires": None,
    }


def policy_of(shop, key, modules):
    public = (shop / (key + ".pub")).read_text().splitlines()[1]
    (shop / "p.ini").write_text("[stockade]\nversion = 1\n[key vendor]\npublic = %s\n"
                                "modules = %s\n" % (public, modules))


def test_list_asks_a_policy(shop):
    bundle("src")
    policy_of(shop, "a", "shop")
    done = run("bundle", "--list", "-p", "p.ini", "shop.stk")
    assert (done.returncode, done.stderr) == (0, "")
    assert "signed by vendor on" in done.stdout
    policy_of(shop, "a", "till")
    done = run("bundle", "--list", "-p", "p.ini", "shop.stk")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("stockade: shop.stk: key-out-of-scope: ")


@pytest.mark.parametrize("path", ["cart.py", "list.json"])
@pytest.mark.parametrize("command", [["verify"], ["bundle", "--list"]])
def test_a_revoked_content_is_told(shop, command, path):
    bundle("src")
    policy_of(shop, "a", "shop")
    content = (shop / "src" / "shop" / path).read_bytes()
    with open("p.ini", "a") as policy:
        policy.write("[signing]\nrevoked = %s\n"
                     % hashlib.blake2b(content, digest_size=32).hexdigest())
    done = run(*command, "--policy" if command == ["verify"] else "-p", "p.ini", "shop.stk")
    assert done.returncode == 1
    told = done.stdout + done.stderr
    assert "stockade: shop.stk: shop/%s: hash-revoked\n" % path in told
    assert ("shop.stk: hash-revoked: the policy has revoked 1 of its files ([signing] revoked); "
            "get a release without it\n") in told
    assert "good" not in told


@pytest.mark.parametrize("where", ["header", "page", "content", "end"])
def test_list_says_nothing_of_what_does_not_hold(shop, where):
    bundle("src")
    size = header_size()
    flip({"header": 100, "page": size + 100, "content": size + 4096,
          "end": os.path.getsize("shop.stk") - 2}[where])
    done = run("bundle", "--list", "--key", "a.pub", "shop.stk")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("stockade: shop.stk: ")
    told, code = answer("bundle", "--list", "--key", "a.pub", "shop.stk")
    assert (code, sorted(told)) == (1, ["bundle", "message", "trust"])
    assert told["trust"] != "ok" and told["message"]


def test_list_wants_the_right_key_and_a_bundle(shop):
    bundle("src")
    done = run("bundle", "--list", "--key", "b.pub", "shop.stk")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("stockade: shop.stk: unknown-key: ")
    done = run("bundle", "--list", "--key", "a.pub", "a.pub")
    assert (done.returncode, done.stdout) == (1, "")
    assert "is no bundle" in done.stderr


@pytest.mark.parametrize("line, said", [
    (["--list", "shop.stk"], "--policy POLICY or --key KEY is missing"),
    (["--list", "--key", "a.pub", "-p", "p.ini", "s.stk"], "--policy says it all"),
    (["--list", "--key", "a.pub", "-o", "x", "s.stk"], "--list writes nothing"),
    (["--list", "--key", "a.pub", "--python", "x", "s.stk"], "--list writes nothing"),
    (["--list", "--key", "a.pub"], "[TREE] is missing"),
    (["--key", "a.key", "-p", "p.ini", "-o", "x", "src"], "--policy is for --list"),
])
def test_list_is_asked_rightly(shop, line, said):
    done = run("bundle", *line)
    assert done.returncode == 2
    assert said in done.stderr


def test_signed_trees_within_are_left_out_and_said(shop):
    for tree in ("src/shop", "src/shop/tests"):
        assert run("sign", "--key", "a.key", "--root", "src", tree).returncode == 0
    done = run("bundle", "--key", "a.key", "-o", "shop.stk", "src")
    assert done.returncode == 0
    said = "stockade: %s is left out: the bundle has signatures of its own"
    wanted = [said % ("shop/%sSTOCKADE.%s" % (folder, name)) for folder in ("", "tests/")
              for name in ("code", "manifest", "manifest.minisig")]
    assert sorted(done.stderr.splitlines()) == sorted(wanted)
    told, _ = answer("bundle", "--list", "--key", "a.pub", "shop.stk")
    assert [file["path"] for file in told["files"] if "STOCKADE" in file["path"]] == []
    assert len(told["files"]) == 4


def test_every_name_must_have_the_keys_that_it_wants(shop):
    bundle("src")
    public = [(shop / (key + ".pub")).read_text().split("\n")[1] for key in "ab"]
    (shop / "p.ini").write_text(
        "[stockade]\nversion = 1\n[key vendor]\npublic = %s\nmodules = shop\n"
        "[key security]\npublic = %s\nmodules = shop\n"
        "[signing]\nthreshold = shop.cart:2\n" % tuple(public))
    done = run("verify", "--policy", "p.ini", "shop.stk")
    assert done.returncode == 1
    assert done.stdout == (
        "shop.stk: threshold: shop.cart is signed by vendor; the policy wants 2 keys for "
        "shop.cart, so that security must sign too: stockade bundle --additional --key FILE PATH\n")
    done = run("bundle", "--list", "--policy", "p.ini", "shop.stk")
    assert (done.returncode, done.stdout) == (1, "")
    assert run("sign", "--key", "b.key", "--additional", "shop.stk").returncode == 0
    assert run("verify", "--policy", "p.ini", "shop.stk").returncode == 0


@pytest.mark.parametrize("there", ["a.key", "src/shop/cart.py", "a folder", "a pipe", "a link"])
def test_what_is_no_bundle_is_not_replaced(shop, there):
    if there == "a folder":
        (shop / there).mkdir()
    elif there == "a pipe":
        os.mkfifo(there)
    elif there == "a link":
        (shop / there).symlink_to("a.key")
    def look():
        found = os.lstat(there)
        return (found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns,
                (shop / "a.key").read_bytes())

    before = look()
    done = run("bundle", "--key", "a.key", "-o", there, "src/shop", timeout=120)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("stockade: %s: is there, and is no bundle; remove it, or write "
                           "elsewhere\n" % there)
    assert look() == before
    assert sorted(os.listdir()) == sorted({"src", "a.key", "a.pub", "b.key", "b.pub",
                                           there.split("/")[0]})


def test_a_bundle_and_an_empty_file_are_replaced(shop):
    (shop / "shop.stk").write_text("")
    bundle("src/shop")
    first = (shop / "shop.stk").read_bytes()
    bundle("src/shop", "--sequence", "2")
    assert (shop / "shop.stk").read_bytes() != first
    assert verify("shop.stk")[0] == 0


def test_a_bundle_in_its_own_tree_is_none_of_its_files(shop):
    made = shop / "src/shop/shop.stk"
    words = ("bundle", "--key", "a.key", "--date", "2026-09-01", "-o", made, "src/shop")
    assert run(*words).returncode == 0
    first = made.read_bytes()
    done = run(*words)
    assert done.stderr == "stockade: shop.stk is left out: it is what is written\n"
    assert made.read_bytes() == first


@pytest.mark.parametrize("command", [("bundle", "-o", "shop.stk"), ("sign",)])
def test_a_secret_key_is_not_given_away(shop, command):
    shutil.move("a.key", "src/shop/a.key")
    done = run(*command, "--key", "src/shop/a.key", "src/shop")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == ("stockade: a.key: is a secret key: who gets it, signs with it; "
                           "move it out of the tree\n")
    assert not os.path.exists("shop.stk") and not os.path.exists("src/shop/STOCKADE.manifest")
    (shop / "word").write_text("a passphrase\n")
    assert run("keygen", "-o", "src/shop/c", "--passphrase-file", "word").returncode == 0
    os.unlink("src/shop/a.key")
    done = run(*command, "--key", "b.key", "src/shop")
    assert done.returncode == 0
    assert done.stderr == ("stockade: c.key is a secret key: who gets it has its passphrase "
                           "to guess\n")


def test_signatures_of_files_are_left_out_and_said(shop):
    assert run("sign", "--key", "a.key", "--root", "src", "src/shop/cart.py",
               "src/shop/list.json").returncode == 0
    assert run("sign", "--key", "b.key", "--root", "src", "--additional",
               "src/shop/cart.py").returncode == 0
    (shop / "src/shop/kept.minisig").write_text("of no file here\n")
    done = run("bundle", "--key", "a.key", "-o", "shop.stk", "src")
    assert (done.returncode, done.stderr) == (
        0, "stockade: 3 signatures of files are left out: the bundle has signatures of its own\n")
    told, _ = answer("bundle", "--list", "--key", "a.pub", "shop.stk")
    paths = [file["path"] for file in told["files"]]
    assert [path for path in paths if "minisig" in path] == ["shop/kept.minisig"]
    assert len(paths) == 5


@pytest.mark.parametrize("command", ["sign", "bundle"])
@pytest.mark.parametrize("name", [b"\x1b[31m.py", b"caf\xe9.py", b"a\\b.py", b" /m.py"])
def test_a_name_that_cannot_be_signed_is_told_with_its_file(shop, command, name):
    path = os.path.join(os.fsencode(str(shop)), b"src/shop", name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "w").close()
    more = ["-o", "shop.stk"] if command == "bundle" else []
    done = run(command, "--key", "a.key", *more, "src")
    assert (done.returncode, done.stdout) == (1, "")
    shown = name.decode("latin-1").replace("\x1b", "\\x1b").replace("\xe9", "\\xe9")
    assert done.stderr.startswith("stockade: shop/%s: has a name that cannot be signed: "
                                  % shown), done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_no_bundle_holds_is_told_before_any_is_read(shop):
    with open("src/shop/weights.bin", "wb") as file:
        file.truncate(1 << 40)
    done = run("bundle", "--key", "a.key", "-o", "shop.stk", "src/shop", timeout=20)
    assert (done.returncode, done.stderr) == (1, (
        "stockade: weights.bin: is larger than 2000 MiB, the most that a file of a bundle has; "
        "leave it out with --exclude, or sign the tree\n"))
    assert not os.path.exists("shop.stk")
    bundle("--exclude", "weights.bin", "src/shop")


def test_a_bundle_beside_its_package_shows_the_files_of_it(shop):
    with open(os.path.join(ROOT, "src", "cli", "stockade-bundle.1"), encoding="utf-8") as page:
        assert "-o src/shop.stk src/shop\n" in page.read()
    done = run("bundle", "--key", "a.key", "-o", "src/shop.stk", "src/shop")
    assert done.returncode == 0, done.stderr
    policy_of(shop, "a", "shop")
    with open("p.ini", "a") as policy:
        policy.write("[modules]\nshop = signed bundle:src/shop.stk\n@stdlib = allow\n")
    done = run("run", "-p", "p.ini", "-c", "import os, shop.cart; print(shop.cart.__file__)")
    assert (done.returncode, done.stdout) == (0, str(shop / "src/shop/cart.py") + "\n"), done.stderr
