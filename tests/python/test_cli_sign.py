# SPDX-License-Identifier: Apache-2.0
"""stockade sign: one file, one signature beside it."""

import hashlib
import os
import time

import pytest

from clitool import answer, environment, run

BODY = b"print('cart')\n"
HASH = hashlib.blake2b(BODY, digest_size=32).hexdigest()


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """shop/__init__.py and shop/cart.py below the working folder, two keys."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_bytes(b"")
    (tmp_path / "shop" / "cart.py").write_bytes(BODY)
    for name in "ab":
        assert run("keygen", "-W", "-o", name).returncode == 0
    return tmp_path


def comment(path):
    """The fields of a signature file's trusted comment."""
    lines = path.read_text().split("\n")
    assert len(lines) == 5 and lines[4] == ""
    assert lines[0] == "untrusted comment: signature from stockade secret key"
    assert lines[2].startswith("trusted comment: ")
    first, *fields = lines[2][len("trusted comment: "):].split("\t")
    assert first == "stockade1"
    return [tuple(field.split("=", 1)) for field in fields]


def test_the_signature_says_what_it_is_for(shop):
    before = int(time.time())
    done = run(
        "sign", "--key", "a.key", "--root", ".", "--version", "2.4.1", "--sequence", "317",
        "--context", "corp/prod", "--expires", "2030-01-31", "shop/cart.py",
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "shop/cart.py: signed as the module shop.cart in shop/cart.py.minisig\n"
    fields = comment(shop / "shop" / "cart.py.minisig")
    signed = dict(fields)["signed"]
    assert before <= int(signed) <= time.time()
    assert fields == [
        ("kind", "module"),
        ("module", "shop.cart"),
        ("package", "shop"),
        ("version", "2.4.1"),
        ("sequence", "317"),
        ("hash", HASH),
        ("size", str(len(BODY))),
        ("context", "corp/prod"),
        ("signed", signed),
        ("expires", "1896134399"),
    ]


def test_a_date_that_is_past_is_told(shop):
    done = run("sign", "--key", "a.key", "--root", ".", "--expires", "2020-01-31", "shop/cart.py")
    assert done.returncode == 0
    assert done.stderr == "stockade: --expires 2020-01-31 is past: no policy accepts what is signed so\n"


def test_all_paths_are_signed(shop):
    done = run("sign", "--key", "a.key", "--root", ".", "shop/__init__.py", "shop/cart.py")
    assert done.returncode == 0
    assert dict(comment(shop / "shop" / "__init__.py.minisig"))["kind"] == "package"
    assert dict(comment(shop / "shop" / "__init__.py.minisig"))["module"] == "shop"
    assert dict(comment(shop / "shop" / "cart.py.minisig"))["module"] == "shop.cart"


def test_one_that_fails_does_not_keep_the_others(shop):
    done = run("sign", "--key", "a.key", "--root", ".", "none.py", "shop/cart.py")
    assert done.returncode == 1
    assert done.stderr == "stockade: none.py: cannot open: No such file or directory\n"
    assert (shop / "shop" / "cart.py.minisig").exists()


@pytest.mark.parametrize("name, kind, module, package", [
    ("fast.cpython-311-x86_64-linux-gnu.so", "extension", "shop.fast", "shop"),
    ("fast.abi3.so", "extension", "shop.fast", "shop"),
    ("logo.png", "data", "shop/logo.png", "shop"),
])
def test_the_name_says_the_kind(shop, name, kind, module, package):
    (shop / "shop" / name).write_bytes(b"x")
    assert run("sign", "--key", "a.key", "--root", ".", "shop/" + name).returncode == 0
    fields = dict(comment(shop / "shop" / (name + ".minisig")))
    assert (fields["kind"], fields["module"], fields["package"]) == (kind, module, package)


def test_data_of_no_package_has_none(shop):
    (shop / "README.txt").write_text("x")
    assert run("sign", "--key", "a.key", "README.txt").returncode == 0
    fields = dict(comment(shop / "README.txt.minisig"))
    assert (fields["module"], fields["package"]) == ("README.txt", "")


def test_an_ini_file_is_what_its_signer_says(shop):
    (shop / "p.ini").write_text("[stockade]\nversion = 1\n")
    done = run("sign", "--key", "a.key", "p.ini")
    assert done.returncode == 2
    assert done.stderr == "stockade: p.ini: what is it? say --kind policy or --kind data\n"
    assert run("sign", "--key", "a.key", "--kind", "policy", "p.ini").returncode == 0
    fields = dict(comment(shop / "p.ini.minisig"))
    assert (fields["kind"], fields["module"], fields["package"]) == ("policy", "p.ini", "")


def test_without_a_root_names_begin_in_the_files_folder(shop):
    done = run("sign", "--key", "a.key", "shop/cart.py")
    assert done.returncode == 0
    assert dict(comment(shop / "shop" / "cart.py.minisig"))["module"] == "cart"
    assert done.stderr == (
        "stockade: shop/cart.py is in a package; for its whole name say where that lies: "
        "--root FOLDER\n"
    )


def test_signing_again_replaces(shop):
    for key in "ab":
        assert run("sign", "--key", key + ".key", "--root", ".", "shop/cart.py").returncode == 0
    names = sorted(name for name in os.listdir("shop") if "minisig" in name)
    assert names == ["cart.py.minisig"]
    assert run("verify", "--key", "b.pub", "--root", ".", "shop/cart.py").returncode == 0


def test_additional_keeps_those_of_other_keys(shop):
    line = ["--root", ".", "--additional", "shop/cart.py"]
    for key in "aba":
        assert run("sign", "--key", key + ".key", *line).returncode == 0
    names = sorted(name for name in os.listdir("shop") if "minisig" in name)
    assert names == ["cart.py.minisig", "cart.py.minisig.2"]
    for key in "ab":
        done = run("verify", "--key", key + ".pub", "--root", ".", "shop/cart.py")
        assert done.returncode == 0, done.stdout


def test_what_stays_is_told(shop):
    for key in "ab":
        run("sign", "--key", key + ".key", "--root", ".", "--additional", "shop/cart.py")
    done = run("sign", "--key", "a.key", "--root", ".", "shop/cart.py")
    assert done.stderr == (
        "stockade: shop/cart.py.minisig.2 stays as it was: it is good if the file did not "
        "change\n"
    )


def test_there_are_nine_signatures_at_most(shop):
    for number in ["", *(".%d" % n for n in range(2, 10))]:
        (shop / "shop" / ("cart.py.minisig" + number)).write_text("x")
    done = run("sign", "--key", "a.key", "--additional", "--root", ".", "shop/cart.py")
    assert done.returncode == 1
    assert done.stderr == (
        "stockade: shop/cart.py has 9 signatures, and there are no more than that\n"
    )


def test_the_same_twice_gives_the_same_bytes(shop):
    env = environment(SOURCE_DATE_EPOCH="1790000000")
    seen = set()
    for _ in range(2):
        assert run("sign", "--key", "a.key", "--root", ".", "shop/cart.py", env=env).returncode == 0
        seen.add((shop / "shop" / "cart.py.minisig").read_bytes())
    assert len(seen) == 1
    assert dict(comment(shop / "shop" / "cart.py.minisig"))["signed"] == "1790000000"


def test_json_lists_what_was_signed(shop):
    told, code = answer("sign", "--key", "a.key", "--root", ".", "shop/cart.py")
    assert code == 0
    [one] = told["signed"]
    assert one.pop("key_id") in (shop / "a.pub").read_text()
    assert one == {
        "path": "shop/cart.py",
        "signature": "shop/cart.py.minisig",
        "kind": "module",
        "name": "shop.cart",
        "hash": HASH,
    }


def test_a_key_that_others_can_read_is_told(shop):
    (shop / "a.key").chmod(0o640)
    done = run("sign", "--key", "a.key", "--root", ".", "shop/cart.py")
    assert done.returncode == 0
    assert done.stderr == (
        "stockade: a.key: others can read this secret key; run: chmod go-rwx\n"
    )


@pytest.mark.parametrize("line, message", [
    (["x.py"], "--key FILE is missing; stockade keygen makes one"),
    (["--key", "a.key"], "PATH... is missing"),
    (["--key", "a.key", "--sequence", "-1", "x.py"], '--sequence is a number, not "-1"'),
    (["--key", "a.key", "--sequence", "1.5", "x.py"], '--sequence is a number, not "1.5"'),
    (["--key", "a.key", "--expires", "soon", "x.py"],
     '--expires is a date, not "soon"; write 2027-01-31 or 2027-01-31T12:00:00Z'),
    (["--key", "a.key", "--version", "1 0", "x.py"], '--version is one word, without blanks, not "1 0"'),
    (["--key", "a.key", "--context", "a\nb", "x.py"], '--context is one word, without blanks, not "a\\x0ab"'),
])
def test_wrong_lines_are_told(shop, line, message):
    done = run("sign", *line)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "stockade sign: " + message


@pytest.mark.parametrize("kind", ["manifest", "modul", ""])
def test_a_file_is_of_one_of_five_kinds(shop, kind):
    done = run("sign", "--key", "a.key", "--kind", kind, "shop/cart.py")
    assert done.returncode == 2
    assert done.stderr == (
        'stockade: --kind is module, package, extension, data or policy, not "%s"\n' % kind
    )


@pytest.mark.parametrize("line, message", [
    (["--key", "none", "shop/cart.py"], "none: cannot open: No such file or directory"),
    (["--key", "a.pub", "shop/cart.py"], "a.pub: is a public key; to sign takes the secret key, the file that was made with it"),
    (["--key", "a.key", "--root", "shop", "a.pub"], "a.pub is not below "),
    (["--key", "a.key", "--root", ".", "--kind", "package", "shop/cart.py"],
     "shop/cart.py: is of another kind, by its name"),
    (["--key", "a.key", "--root", ".", "--context", "x" * 256, "shop/cart.py"],
     "shop/cart.py: a name, package, version or context is too long"),
])
def test_what_cannot_be_signed_is_told(shop, line, message):
    (shop / "a.pub").chmod(0o600)
    done = run("sign", *line)
    assert done.returncode == 1
    assert message in done.stderr
    assert [name for name in os.listdir("shop") if "minisig" in name] == []
