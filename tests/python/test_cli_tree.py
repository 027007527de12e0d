# SPDX-License-Identifier: Apache-2.0
"""A folder is signed once, with all that is below it, and compared with it."""

import hashlib
import json
import os
import pty
import shutil
import subprocess
import sys

import pytest

from clitool import STOCKADE, answer, environment, run

INIT = b"NAME = 'shop'\n"
CART = b"def add(item):\n    return item in {'a', 'b', 'c', 'd'}\n"


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A package, not signed yet; keys a and b."""
    monkeypatch.chdir(tmp_path)
    grow(tmp_path / "shop")
    for name in "ab":
        assert run("keygen", "-W", "-o", name).returncode == 0
    return tmp_path / "shop"


def grow(folder):
    (folder / "texts").mkdir(parents=True)
    (folder / "__init__.py").write_bytes(INIT)
    (folder / "cart.py").write_bytes(CART)
    (folder / "texts" / "bye.txt").write_bytes(b"bye\n")


def sign(*more, key="a", tree="shop"):
    done = run("sign", "--key", key + ".key", *more, tree)
    assert done.returncode == 0, done.stderr
    return done


def verify(*more, tree="shop"):
    return run("verify", "--key", "a.pub", *more, tree)


def differences(tree="shop"):
    found, code = answer("verify", "--key", "a.pub", tree)
    assert code == (0 if found["good"] else 1)
    result, = found["results"]
    return result["trust"], [(d["kind"], d["path"]) for d in result["differences"]]


def manifest(folder):
    return (folder / "STOCKADE.manifest").read_text()


def all_files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }


# ---- signing ----------------------------------------------------------------

def test_a_tree_is_signed_and_verified(shop):
    done = sign("--version", "2.4.1", "--sequence", "317")
    assert done.stdout == (
        "shop: 3 files, 2 of them with code\n"
        "shop/STOCKADE.manifest: signed as the manifest shop "
        "in shop/STOCKADE.manifest.minisig\n"
    )
    done = verify()
    assert done.returncode == 0
    assert done.stdout.startswith("shop: good, the manifest shop signed by a.pub on ")
    assert differences() == ("ok", [])


def test_a_file_of_a_signed_tree_is_sent_to_the_tree(shop):
    (shop / "deep").mkdir()
    (shop / "deep" / "note.txt").write_text("a note")
    sign()
    for path in ("shop/__init__.py", "shop/deep/note.txt"):
        done = verify(tree=path)
        assert done.returncode == 1
        assert done.stdout == (
            "%s: unsigned: it has no signature of its own, and is in a signed tree; "
            "run: stockade verify %s\n" % (path, shop.resolve())
        )


def test_the_manifest_says_what_is_in_the_tree(shop):
    sign(
        "--no-code", "--date", "2026-01-02T03:04:05Z", "--version", "2.4.1", "--sequence", "317",
        "--context", "corp/prod", "--expires", "2030-01-31",
    )
    rows = [
        "d - texts/bye.txt 4 " + digest(b"bye\n"),
        "p shop __init__.py %d %s" % (len(INIT), digest(INIT)),
        "m shop.cart cart.py %d %s" % (len(CART), digest(CART)),
        "n shop.texts texts 0 -",
    ]
    assert manifest(shop).split("\n") == [
        "stockade-manifest 1",
        "package: shop",
        "version: 2.4.1",
        "sequence: 317",
        "context: corp/prod",
        "signed: 1767323045",
        "expires: 1896134399",
        "prefix: shop",
        "count: 4",
        "total: %d" % (len(INIT) + len(CART) + 4),
        *rows,
        "end 4",
        "",
    ]
    assert not (shop / "STOCKADE.code").exists()


def digest(data):
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def test_a_folder_of_the_path_has_its_packages(shop):
    (shop.parent / "lib").mkdir()
    shop.rename(shop.parent / "lib" / "shop")
    (shop.parent / "lib" / "six.py").write_text("")
    sign("--no-code", tree="lib")
    text = manifest(shop.parent / "lib")
    assert "\npackage: -\n" in text and "\nprefix: -\n" in text
    assert "\np shop shop/__init__.py " in text
    assert "\nm six six.py " in text
    assert verify(tree="lib").returncode == 0


def test_the_root_says_what_a_folder_is_called(shop):
    grow(shop / "tools")
    sign("--no-code", "--root", ".", tree="shop/tools")
    assert "\nprefix: shop.tools\n" in manifest(shop / "tools")
    assert verify("--root", ".", tree="shop/tools").returncode == 0
    done = verify(tree="shop/tools")
    assert done.returncode == 1
    assert done.stdout.startswith("shop/tools: name-mismatch: ")


def test_minisign_itself_verifies_a_tree(shop):
    if not shutil.which("minisign"):
        pytest.skip("minisign is not installed")
    sign()
    done = subprocess.run(
        ["minisign", "-V", "-p", "a.pub", "-m", "shop/STOCKADE.manifest"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True,
    )
    assert done.returncode == 0, done.stdout
    assert "\tkind=manifest\tmodule=shop\t" in done.stdout


def test_the_same_tree_gives_the_same_bytes(shop):
    shutil.copytree(str(shop), str(shop.parent / "other" / "shop"))
    sign("--date", "2026-01-02", "--optimize", "0", "--optimize", "2")
    # another folder, another way to say when, over what was signed already
    env = environment(SOURCE_DATE_EPOCH="1767312000", PYTHONHASHSEED="7")
    for _ in range(2):
        done = run(
            "sign", "--key", "a.key", "--optimize", "2", "--optimize", "0", "other/shop", env=env
        )
        assert done.returncode == 0
    assert all_files(shop) == all_files(shop.parent / "other" / "shop")
    assert any(name.endswith("/cart.opt-2.code") for name in all_files(shop))


def tag(python):
    return subprocess.check_output(
        [python, "-c", "import sys; print(sys.implementation.cache_tag)"], universal_newlines=True
    ).strip()


def test_the_code_is_what_python_compiles(shop):
    sign("--python", sys.executable, "--optimize", "1")
    name = "cart.opt-1.code"
    code = shop / "STOCKADE.code" / tag(sys.executable) / name
    check = (
        "import marshal, sys\n"
        "code = marshal.loads(open(sys.argv[1], 'rb').read())\n"
        "assert code.co_filename == 'shop/cart.py', code.co_filename\n"
        "space = {}\n"
        "exec(code, space)\n"
        "assert space['add']('a') is True\n"
    )
    subprocess.run([sys.executable, "-c", check, str(code)], check=True)
    row, = [line for line in manifest(shop).split("\n") if line.startswith("m shop.cart ")]
    assert row.endswith(":1:%d:%s" % (code.stat().st_size, digest(code.read_bytes())))


def test_nothing_of_the_tree_runs(shop):
    ran = shop.parent / "ran"
    for name in ("sitecustomize.py", "marshal.py", "__init__.py", "__main__.py"):
        (shop / name).write_text("open(%r, 'w')\n" % str(ran))
    done = run("sign", "--key", str(shop.parent / "a.key"), ".", cwd=str(shop))
    assert done.returncode == 0, done.stderr
    assert not ran.exists()
    assert not (shop / "__pycache__").exists()


def test_what_does_not_compile_is_signed_without_code(shop):
    (shop / "bad.py").write_text("def def\n")
    done = sign()
    assert done.stderr.startswith("stockade: no code for shop/bad.py: ")
    assert "SyntaxError" in done.stderr
    row, = [line for line in manifest(shop).split("\n") if line.startswith("m shop.bad ")]
    assert "=" not in row
    assert verify().returncode == 0


def test_a_link_is_not_signed(shop):
    (shop / "link").symlink_to("/etc/passwd")
    done = run("sign", "--key", "a.key", "shop")
    assert done.returncode == 1
    assert done.stderr == (
        "stockade: link: is a link, which cannot be signed; put a file in its place\n"
    )
    assert not (shop / "STOCKADE.manifest").exists()
    assert not (shop / "STOCKADE.code.new").exists()


def test_two_files_of_one_name_are_not_signed(shop):
    (shop / "Cart.py").write_text("")
    done = run("sign", "--key", "a.key", "--no-code", "shop")
    assert done.returncode == 1
    assert done.stderr == (
        'stockade: STOCKADE.manifest: "Cart.py" and "cart.py" are equal but for their case: '
        "rename one, or sign what is below in trees of their own\n")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--kind", "data", "shop"], "--kind is for files"),
        (["--optimize", "3", "shop"], "--optimize is 0, 1 or 2"),
        (["--date", "soon", "shop"], "--date is a date"),
        (["--no-code", "--python", "python3", "shop"], "do not go together"),
    ],
)
def test_a_wrong_line_is_told(shop, arguments, message):
    done = run("sign", "--key", "a.key", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_python_that_is_none_is_told(shop):
    done = run("sign", "--key", "a.key", "--python", "/nonexistent/python3", "shop")
    assert done.returncode == 1
    assert "/nonexistent/python3" in done.stderr
    assert not (shop / "STOCKADE.manifest").exists()


def test_a_terminal_is_told_how_far_it_is(shop):
    # enough to take longer than the moment that needs no line
    for i in range(800):
        (shop / ("m%d.py" % i)).write_text("x = [%s]\n" % ", ".join(map(str, range(2000))))
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [STOCKADE, "sign", "--key", "a.key", "shop"],
        stdout=subprocess.PIPE, stderr=slave, env=environment(TERM="vt100"),
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            more = os.read(master, 4096)
        except OSError:
            break
        if not more:
            break
        shown += more
    out, _ = child.communicate(timeout=60)
    os.close(master)
    assert child.returncode == 0
    assert b"\rcompiling for cpython-3" in shown
    assert shown.endswith(b"\r\x1b[K"), "the line is gone afterwards"
    assert b"\r" not in out


# ---- two keys ---------------------------------------------------------------

def test_a_second_key_signs_what_is_there(shop):
    sign("--version", "1", "--sequence", "7", "--date", "2026-01-02")
    before = manifest(shop)
    sign("--additional", key="b")
    assert manifest(shop) == before
    (shop.parent / "p.ini").write_text(
        "[stockade]\nversion = 1\n"
        "[key a]\npublic = %s\nmodules = shop\n"
        "[key b]\npublic = %s\nmodules = shop\n"
        "[signing]\nthreshold = 2\n" % (public("a"), public("b"))
    )
    done = run("verify", "--policy", "p.ini", "shop")
    assert done.returncode == 0, done.stdout
    (shop / "STOCKADE.manifest.minisig.2").unlink()
    found, code = answer("verify", "--policy", "p.ini", "shop")
    assert code == 1
    assert found["results"][0]["trust"] == "threshold"


def public(name):
    with open(name + ".pub") as file:
        return file.read().split("\n")[1]


def test_a_second_key_does_not_sign_what_was_changed(shop):
    sign()
    (shop / "cart.py").write_bytes(CART + b"#")
    done = run("sign", "--key", "b.key", "--additional", "shop")
    assert done.returncode == 1
    assert done.stderr.startswith("stockade: shop: changed: cart.py: ")
    assert not (shop / "STOCKADE.manifest.minisig.2").exists()


@pytest.mark.parametrize("option, value, has", [
    ("--sequence", "9", "7"), ("--version", "3", "1"), ("--package", "store", "shop"),
    ("--context", "corp", ""), ("--expires", "2100-01-02", ""),
])
def test_a_second_key_does_not_sign_another_release(shop, option, value, has):
    sign("--version", "1", "--sequence", "7")
    done = run("sign", "--key", "b.key", "--additional", option, value, "shop")
    told = "2100-01-02T23:59:59Z" if option == "--expires" else value
    assert (done.returncode, done.stderr) == (1, (
        'stockade: shop: %s is "%s", and what is there says "%s"; sign what it says, or make it '
        "anew, without --additional\n" % (option, told, has)))
    assert not (shop / "STOCKADE.manifest.minisig.2").exists()
    sign("--additional", "--version", "1", "--sequence", "7", "--package", "shop", key="b")


def test_a_second_key_has_a_first_one_before_it(shop):
    done = run("sign", "--key", "b.key", "--additional", "shop")
    assert (done.returncode, done.stderr) == (1, (
        "stockade: shop: there is no STOCKADE.manifest to be signed once more; sign it first, "
        "without --additional\n"))


# ---- verifying --------------------------------------------------------------

def test_every_byte_counts(shop):
    """A bit flipped anywhere is refused, but for the one line that minisign
    signs nowhere."""
    for name in ("__init__.py", "cart.py"):
        (shop / name).write_bytes(b"a=1\n")
    sign("--date", "2026-01-02")
    taken = []
    tried = 0
    for name, data in all_files(shop).items():
        unsigned = data.index(b"\n") if name.endswith(".minisig") else 0
        for at in range(unsigned, len(data)):
            changed = bytearray(data)
            changed[at] ^= 1 << at % 8
            (shop / name).write_bytes(changed)
            if verify().returncode != 1:
                taken.append((name, at))
            tried += 1
        (shop / name).write_bytes(data)
    assert taken == []
    assert tried > 900
    assert verify().returncode == 0


def test_no_prefix_of_a_manifest_is_one(shop):
    sign("--no-code")
    data = (shop / "STOCKADE.manifest").read_bytes()
    for length in range(0, len(data), 7):
        (shop / "STOCKADE.manifest").write_bytes(data[:length])
        assert verify().returncode == 1


def test_what_was_added_is_told(shop):
    sign()
    (shop / "cart.so").write_bytes(b"\x7fELF")
    (shop / "cart.pyc").write_bytes(b"")
    (shop / "deep").mkdir()
    (shop / "deep" / "sneaky.py").write_text("")
    assert differences() == ("unlisted", [
        ("added", "cart.pyc"), ("added", "cart.so"), ("added", "deep/sneaky.py"),
    ])
    done = verify()
    assert done.stdout.split("\n") == [
        "shop: unlisted: the tree is not as it was signed",
        "  added cart.pyc",
        "  added cart.so",
        "  added deep/sneaky.py",
        "",
    ]


def test_what_is_missing_is_told(shop):
    sign()
    (shop / "cart.py").unlink()
    assert differences() == ("hash-mismatch", [("missing", "cart.py")])


def test_what_was_renamed_is_told(shop):
    sign()
    (shop / "cart.py").rename(shop / "json.py")
    assert differences() == ("hash-mismatch", [("missing", "cart.py"), ("added", "json.py")])


def test_swapped_files_are_told(shop):
    sign()
    (shop / "cart.py").write_bytes(INIT)
    (shop / "__init__.py").write_bytes(CART)
    assert differences() == ("hash-mismatch", [("changed", "__init__.py"), ("changed", "cart.py")])


def test_a_link_to_the_very_bytes_is_told(shop):
    sign()
    (shop / "cart.py").rename(shop.parent / "cart.py")
    (shop / "cart.py").symlink_to("../cart.py")
    assert differences() == ("path", [("kind", "cart.py")])


def test_a_linked_folder_is_told(shop):
    sign()
    (shop / "texts").rename(shop.parent / "texts")
    (shop / "texts").symlink_to("../texts")
    assert differences() == ("path", [("kind", "texts"), ("missing", "texts/bye.txt")])


def test_line_endings_are_told(shop):
    sign()
    (shop / "cart.py").write_bytes(CART.replace(b"\n", b"\r\n"))
    done = verify()
    assert done.returncode == 1
    assert "  changed cart.py: line endings differ, all else is as signed\n" in done.stdout


def test_the_cache_of_python_is_passed_over(shop):
    sign()
    (shop / "__pycache__").mkdir()
    (shop / "__pycache__" / "cart.cpython-311.pyc").write_bytes(b"poison")
    assert verify().returncode == 0


def test_code_that_is_not_as_signed_is_told(shop):
    sign()
    code, = [name for name in all_files(shop) if name.endswith("cart.code")]
    (shop / code).write_bytes(b"poison")
    (shop / "STOCKADE.code" / "more.code").write_bytes(b"")
    assert differences() == ("hash-mismatch", [
        ("changed", code), ("added", "STOCKADE.code/more.code"),
    ])


def test_a_tree_is_signed_for_its_name(shop):
    sign()
    shutil.copytree(str(shop), str(shop.parent / "json"))
    found, code = answer("verify", "--key", "a.pub", "json")
    assert code == 1
    assert found["results"][0]["trust"] == "name-mismatch"
    assert found["results"][0]["name"] == "json"
    assert found["results"][0]["message"].startswith("a.pub signed this as shop, not as json; ")


def test_a_signature_of_another_tree_is_none(shop):
    sign()
    (shop.parent / "other").mkdir()
    grow(shop.parent / "other" / "shop")
    (shop.parent / "other" / "shop" / "cart.py").write_text("evil = 1\n")
    sign(tree="other/shop", key="b")
    shutil.copy(
        "shop/STOCKADE.manifest.minisig", "other/shop/STOCKADE.manifest.minisig"
    )
    found, code = answer("verify", "--key", "a.pub", "other/shop")
    assert code == 1
    assert found["results"][0]["trust"] == "bad-signature"


def test_a_tree_that_is_not_signed_is_told(shop):
    found, code = answer("verify", "--key", "a.pub", "shop")
    assert (code, found["results"][0]["trust"]) == (1, "unsigned")
    sign()
    (shop / "STOCKADE.manifest.minisig").unlink()
    found, code = answer("verify", "--key", "a.pub", "shop")
    assert (code, found["results"][0]["trust"]) == (1, "unsigned")
    (shop / "STOCKADE.manifest").unlink()
    (shop / "STOCKADE.manifest").symlink_to("/etc/passwd")
    found, code = answer("verify", "--key", "a.pub", "shop")
    assert (code, found["results"][0]["trust"]) == (1, "path")


def test_a_manifest_made_by_hand_must_still_be_one(shop):
    """A key that signs what it should not have."""
    sign("--no-code")
    text = manifest(shop)
    for old, new, trust in [
        ("m shop.cart cart.py", "m shop.cart ../x.py", "malformed"),
        ("count: 4", "count: 5", "malformed"),
        ("sequence: 0", "sequence: 9", "malformed"),
        ("prefix: shop", "prefix: -", "malformed"),
    ]:
        assert old in text
        (shop / "STOCKADE.manifest").write_text(text.replace(old, new))
        resign(shop)
        found, code = answer("verify", "--key", "a.pub", "shop")
        assert (code, found["results"][0]["trust"]) == (1, trust), new


def resign(shop):
    """Signs the manifest as it is, with the comment that would be right."""
    sys.path.insert(0, os.path.dirname(__file__))
    lines = (shop / "STOCKADE.manifest.minisig").read_text().split("\n")
    fields = dict(
        field.split("=", 1) for field in lines[2].split("\t")[1:]
    )
    data = (shop / "STOCKADE.manifest").read_bytes()
    fields["hash"] = digest(data)
    fields["size"] = str(len(data))
    comment = "\t".join(["stockade1"] + ["%s=%s" % pair for pair in fields.items()])
    if not shutil.which("minisign"):
        pytest.skip("minisign is not installed")
    done = subprocess.run(
        ["minisign", "-S", "-s", "a.key", "-m", "shop/STOCKADE.manifest", "-t", comment],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout


def test_a_key_that_is_good_for_other_names_is_told(shop):
    sign()
    (shop.parent / "p.ini").write_text(
        "[stockade]\nversion = 1\n[key a]\npublic = %s\nmodules = shop.cart, json\n" % public("a")
    )
    found, code = answer("verify", "--policy", "p.ini", "shop")
    assert code == 1
    result, = found["results"]
    assert result["trust"] == "key-out-of-scope"
    assert [n["name"] for n in result["names"]] == ["shop", "shop.texts"]


def test_a_revoked_content_is_told(shop):
    sign()
    (shop.parent / "p.ini").write_text(
        "[stockade]\nversion = 1\n[key a]\npublic = %s\nmodules = shop\n"
        "[signing]\nrevoked = %s\n" % (public("a"), digest(CART))
    )
    found, code = answer("verify", "--policy", "p.ini", "shop")
    assert code == 1
    result, = found["results"]
    assert result["trust"] == "hash-revoked"
    assert result["message"].endswith("; get a release without it")
    assert [n["name"] for n in result["names"]] == ["shop.cart"]


def team(shop, status="active"):
    """a and b are for the package, c for a module of it, which wants two of them."""
    if not os.path.exists("c.pub"):
        assert run("keygen", "-W", "-o", "c").returncode == 0
    (shop.parent / "p.ini").write_text(
        "[stockade]\nversion = 1\n[key a]\npublic = %s\nmodules = shop\nstatus = %s\n"
        "[key b]\npublic = %s\nmodules = shop\nstatus = %s\n"
        "[key c]\npublic = %s\nmodules = shop.cart\n[signing]\nthreshold = shop.cart:2\n"
        % (public("a"), status, public("b"), status, public("c")))


def test_who_must_sign_too_is_a_key_that_can(shop):
    team(shop)
    sign("--sequence", "5")
    sign("--additional", key="c")
    done = run("verify", "--policy", "p.ini", "shop")
    assert done.returncode == 1
    assert ("shop.cart is signed by a; the policy wants 2 keys for shop.cart, so that b must sign "
            "too: stockade sign --key FILE --additional PATH\n") in done.stdout
    sign("--additional", key="b")
    assert run("verify", "--policy", "p.ini", "shop").returncode == 0
    team(shop, "revoked")
    done = run("verify", "--policy", "p.ini", "shop")
    assert done.returncode == 1
    assert "no [key] of the policy may sign shop: " in done.stdout
    assert "sign it with c" not in done.stdout


def test_a_release_that_no_other_key_can_sign_is_told(shop):
    team(shop)
    policy = (shop.parent / "p.ini").read_text()
    (shop.parent / "p.ini").write_text(policy.replace("cart:2", "cart:3"))
    sign("--sequence", "5")
    sign("--additional", key="b")
    done = run("verify", "--policy", "p.ini", "shop")
    assert done.returncode == 1
    assert ("shop.cart is signed by a, b; the policy wants 3 keys for shop.cart and has no other "
            "that may sign a release of shop: add one (stockade keygen), or lower the threshold\n"
            ) in done.stdout


def test_names_of_files_cannot_drive_a_terminal(shop):
    sign()
    (shop / "a\x1b[31m\u202eb").write_text("")
    done = verify()
    assert done.returncode == 1
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
    json.dumps(answer("verify", "--key", "a.pub", "shop"))


def test_a_source_that_is_too_long_to_compile_is_named(shop):
    with open("shop/long.py", "wb") as file:
        file.truncate((64 << 20) + 1)
    done = run("sign", "--key", "a.key", "shop")
    assert (done.returncode, done.stderr) == (
        1, "stockade: long.py: is larger than 67108864 bytes\n")
