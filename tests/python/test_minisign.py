# SPDX-License-Identifier: Apache-2.0
"""With the real minisign, both ways; and attacks on a signature and on a key,
each refused with the reason that it must have."""

import base64
import hashlib
import json
import os
import shutil
import subprocess

import pytest

from clitool import environment, run

MINISIGN = shutil.which("minisign")
BODY = b"print('cart')\n"


def minisign(*args, passphrase=None):
    """Runs it; without a terminal it reads passphrases from its input."""
    if not MINISIGN:
        pytest.skip("minisign is not installed")
    return subprocess.run(
        [MINISIGN, *args], input=passphrase or "", stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True, timeout=120,
    )


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Two keys of ours, ours.key and other.key, and one of minisign's."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ["ours", "other"]:
        assert run("keygen", "-W", "-o", folder / name).returncode == 0
    if MINISIGN:
        theirs = str(folder / "theirs")
        made = minisign("-G", "-W", "-s", theirs + ".key", "-p", theirs + ".pub")
        assert made.returncode == 0
    return folder


@pytest.fixture
def shop(keys, tmp_path, monkeypatch):
    """cart.py, shop/cart.py and the keys in the working folder."""
    monkeypatch.chdir(tmp_path)
    for path in keys.iterdir():
        shutil.copy(str(path), str(tmp_path))
    (tmp_path / "shop").mkdir()
    for name in ["cart.py", "shop/cart.py"]:
        (tmp_path / name).write_bytes(BODY)
    return tmp_path


def sign(path, *more, key="ours"):
    done = run("sign", "--key", key + ".key", "--root", ".", *more, path)
    assert done.returncode == 0, done.stderr


def verify(path, *more, key="ours"):
    """The reason that is told, "ok" for none."""
    done = run(
        "verify", "--key", key + ".pub", "--root", ".", "--format", "json", *more, path,
    )
    [one] = json.loads(done.stdout)["results"]
    assert (done.returncode == 0) == (one["trust"] == "ok")
    return one["trust"]


def read(path):
    """The four lines of a signature file."""
    with open(path + ".minisig") as file:
        return file.read().split("\n")[:4]


def write(path, lines, end="\n"):
    with open(path + ".minisig", "wb") as file:
        file.write((end.join(lines) + end).encode())


def relabel(path, algorithm):
    lines = read(path)
    raw = base64.b64decode(lines[1])
    lines[1] = base64.b64encode(algorithm + raw[2:]).decode()
    write(path, lines)


def sign_plain(path, *more, key="theirs"):
    """By minisign itself."""
    done = minisign("-S", *more, "-s", key + ".key", "-m", path)
    assert done.returncode == 0, done.stderr


# ---- both ways -----------------------------------------------------------


def test_minisign_verifies_ours(shop):
    sign("shop/cart.py", "--version", "1.0", "--sequence", "7")
    for more in [], ["-H"]:
        done = minisign("-V", *more, "-p", "ours.pub", "-m", "shop/cart.py")
        assert done.returncode == 0, done.stderr
    assert "Trusted comment: stockade1\tkind=module\tmodule=shop.cart\t" in done.stdout
    (shop / "shop" / "cart.py").write_bytes(BODY + b" ")
    assert minisign("-V", "-p", "ours.pub", "-m", "shop/cart.py").returncode == 1


def test_we_verify_what_minisign_made(shop):
    sign_plain("cart.py")
    assert verify("cart.py", "--binding", "basename", key="theirs") == "ok"
    assert verify("cart.py", key="theirs") == "unbound"


def test_we_verify_our_fields_signed_by_minisign(shop):
    sign("shop/cart.py")
    comment = read("shop/cart.py")[2][len("trusted comment: "):]
    sign_plain("shop/cart.py", "-t", comment)
    assert verify("shop/cart.py", key="theirs") == "ok"


@pytest.mark.skipif(not MINISIGN, reason="minisign is not installed")
def test_a_key_of_minisign_signs_here(shop):
    sign("shop/cart.py", key="theirs")
    assert verify("shop/cart.py", key="theirs") == "ok"
    assert minisign("-V", "-H", "-p", "theirs.pub", "-m", "shop/cart.py").returncode == 0


def test_a_key_of_ours_signs_there(shop):
    sign_plain("cart.py", "-W", key="ours")
    assert verify("cart.py", "--binding", "basename") == "ok"
    done = minisign("-R", "-s", "ours.key", "-p", "again.pub")
    assert done.returncode == 0
    # but for zeros in front of the identifier, which minisign leaves out
    again, ours = ((shop / name).read_text().splitlines() for name in ("again.pub", "ours.pub"))
    assert again[1:] == ours[1:]
    assert int(again[0].split()[-1], 16) == int(ours[0].split()[-1], 16)


def test_an_encrypted_key_of_minisign_opens_here(shop):
    made = minisign("-G", "-s", "e.key", "-p", "e.pub", passphrase="geheim\ngeheim\n")
    assert made.returncode == 0
    (shop / "pass").write_text("geheim\n")
    sign("shop/cart.py", "--passphrase-file", "pass", key="e")
    assert verify("shop/cart.py", key="e") == "ok"
    done = run("sign", "--key", "e.key", "--passphrase-file", "-", "cart.py", input="secret\n")
    assert (done.returncode, done.stderr) == (1, "stockade: e.key: wrong passphrase\n")


def test_an_encrypted_key_of_ours_opens_there(shop):
    (shop / "pass").write_text("geheim\n")
    assert run("keygen", "-o", "e", "--passphrase-file", "pass").returncode == 0
    done = minisign("-S", "-s", "e.key", "-m", "cart.py", passphrase="geheim\n")
    assert done.returncode == 0, done.stderr
    assert verify("cart.py", "--binding", "basename", key="e") == "ok"


def test_a_file_of_any_size_is_signed_and_verified(shop):
    with open("big.bin", "wb") as file:
        file.truncate(300 << 20)
    sign("big.bin")
    assert verify("big.bin") == "ok"
    assert minisign("-V", "-H", "-p", "ours.pub", "-m", "big.bin").returncode == 0


# ---- what it is for ------------------------------------------------------


def move(source, target):
    shutil.copy(source, target)
    shutil.copy(source + ".minisig", target + ".minisig")


def test_moved_to_another_module_of_the_package(shop):
    sign("shop/cart.py")
    move("shop/cart.py", "shop/pay.py")
    assert verify("shop/pay.py") == "name-mismatch"
    assert minisign("-V", "-p", "ours.pub", "-m", "shop/pay.py").returncode == 0


def test_moved_to_another_package(shop):
    sign("shop/cart.py")
    (shop / "tools").mkdir()
    move("shop/cart.py", "tools/cart.py")
    assert verify("tools/cart.py") == "name-mismatch"


def test_moved_from_one_context_to_another(shop):
    sign("shop/cart.py", "--context", "corp/dev")
    assert verify("shop/cart.py", "--context", "corp/prod") == "context-mismatch"


def test_a_module_made_a_package_and_back(shop):
    sign("cart.py")
    (shop / "cart").mkdir()
    move("cart.py", "cart/__init__.py")
    assert verify("cart/__init__.py") == "kind-mismatch"
    sign("cart/__init__.py")
    move("cart/__init__.py", "cart.py")
    assert verify("cart.py") == "kind-mismatch"


@pytest.mark.parametrize("name", ["README", "notes.txt", "data.json"])
def test_signed_data_made_a_module(shop, name):
    (shop / name).write_bytes(BODY)
    sign(name)
    move(name, "cart.py")
    assert verify("cart.py") == "kind-mismatch"


def test_an_edited_trusted_comment(shop):
    sign("shop/cart.py")
    lines = read("shop/cart.py")
    lines[2] = lines[2].replace("module=shop.cart", "module=shop.pay")
    write("shop/cart.py", lines)
    move("shop/cart.py", "shop/pay.py")
    assert verify("shop/pay.py") == "bad-global-signature"


def test_a_trusted_comment_of_another_signature(shop):
    sign("shop/cart.py")
    first = read("shop/cart.py")
    sign("shop/cart.py", "--sequence", "9")
    second = read("shop/cart.py")
    write("shop/cart.py", first[:2] + second[2:])
    # one content has one signature: what it says goes with it
    assert first[1] == second[1]
    assert verify("shop/cart.py") == "ok"
    (shop / "shop" / "pay.py").write_bytes(b"x = 1\n")
    sign("shop/pay.py")
    write("shop/cart.py", first[:2] + read("shop/pay.py")[2:])
    assert verify("shop/cart.py") == "bad-global-signature"


def test_an_edited_untrusted_comment_says_nothing(shop):
    sign("shop/cart.py")
    lines = read("shop/cart.py")
    write("shop/cart.py", ["untrusted comment: module=evil"] + lines[1:])
    assert verify("shop/cart.py") == "ok"


def test_a_plain_comment_is_for_the_file_of_its_name(shop):
    sign_plain("cart.py")
    move("cart.py", "json.py")
    move("cart.py", "shop/cart.py")
    assert minisign("-V", "-p", "theirs.pub", "-m", "json.py").returncode == 0
    for path in ["json.py", "shop/cart.py"]:
        assert verify(path, "--binding", "basename", key="theirs") == "unbound"
        assert verify(path, key="theirs") == "unbound"


@pytest.mark.parametrize("name", ["Cart.py", "CART.py"])
def test_another_case_is_another_name(shop, name):
    sign("cart.py")
    move("cart.py", name)
    assert verify(name) == "name-mismatch"


@pytest.mark.parametrize("name", ["ﬁle.py", "ca\u202ert.py", "ca\u200brt.py", "ca rt.py", "a\\b.py"])
def test_a_name_that_deceives_is_not_signed_as_a_module(shop, name):
    (shop / name).write_bytes(BODY)
    done = run("sign", "--key", "ours.key", "--root", ".", "--kind", "module", name)
    assert done.returncode == 1
    assert not os.path.exists(name + ".minisig")
    assert "\u202e" not in done.stderr and "\u200b" not in done.stderr


@pytest.mark.parametrize("change", [
    lambda body: body.replace(b"\n", b"\r\n"),
    lambda body: body[:-1],
    lambda body: body + b"\n",
    lambda body: b"\xef\xbb\xbf" + body,
    lambda body: b"# coding: utf-16\n" + body,
    lambda body: body.decode().encode("utf-16"),
    lambda body: body + b"\0",
    lambda body: b"",
], ids=["crlf", "no-end", "more-end", "bom", "cookie", "utf-16", "nul", "empty"])
def test_the_same_text_in_other_bytes(shop, change):
    sign("shop/cart.py")
    (shop / "shop" / "cart.py").write_bytes(change(BODY))
    assert verify("shop/cart.py") == "bad-signature"


# ---- the signature -------------------------------------------------------


def test_a_prehashed_signature_called_legacy(shop):
    """The signature of F, relabelled, is one of the 64 bytes BLAKE2b-512(F)."""
    sign("cart.py")
    hashed = hashlib.blake2b(BODY).digest()
    (shop / "evil.py").write_bytes(hashed)
    shutil.copy("cart.py.minisig", "evil.py.minisig")
    relabel("evil.py", b"Ed")
    assert verify("evil.py") == "legacy-algorithm"
    assert minisign("-V", "-p", "ours.pub", "-m", "evil.py").returncode == 0


def test_a_legacy_signature_called_prehashed(shop):
    """A legacy signature of a file that is the hash of evil.py, relabelled."""
    (shop / "evil.py").write_bytes(b"import os\n")
    (shop / "nonce.bin").write_bytes(hashlib.blake2b(b"import os\n").digest())
    sign_plain("nonce.bin", "-l")
    shutil.copy("nonce.bin.minisig", "evil.py.minisig")
    relabel("evil.py", b"ED")
    assert minisign("-V", "-H", "-p", "theirs.pub", "-m", "evil.py").returncode == 0
    assert verify("evil.py", key="theirs") == "unbound"
    assert verify("evil.py", "--binding", "basename", key="theirs") == "unbound"
    relabel("evil.py", b"Ed")
    assert verify("evil.py", key="theirs") == "legacy-algorithm"


@pytest.mark.skipif(not MINISIGN, reason="minisign is not installed")
def test_a_legacy_signature_with_our_fields_called_prehashed(shop):
    """Even where the signer was talked into our fields: the hash is another."""
    body = b"import os\n"
    (shop / "evil.py").write_bytes(body)
    (shop / "nonce.py").write_bytes(hashlib.blake2b(body).digest())
    sign("nonce.py", key="theirs")
    comment = read("nonce.py")[2][len("trusted comment: "):]
    sign_plain("nonce.py", "-l", "-t", comment.replace("nonce", "evil"))
    shutil.copy("nonce.py.minisig", "evil.py.minisig")
    relabel("evil.py", b"ED")
    assert minisign("-V", "-H", "-p", "theirs.pub", "-m", "evil.py").returncode == 0
    assert verify("evil.py", key="theirs") == "size-mismatch"


def test_legacy_signatures_are_refused(shop):
    sign_plain("cart.py", "-l")
    assert minisign("-V", "-p", "theirs.pub", "-m", "cart.py").returncode == 0
    assert verify("cart.py", key="theirs") == "legacy-algorithm"
    assert verify("cart.py", "--binding", "basename", key="theirs") == "legacy-algorithm"


ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize("line", [1, 3], ids=["signature", "global"])
def test_s_plus_l(shop, line):
    """The other spelling of a signature, which careless verifiers take."""
    sign("cart.py")
    lines = read("cart.py")
    raw = base64.b64decode(lines[line])
    number = int.from_bytes(raw[-32:], "little") + ORDER
    lines[line] = base64.b64encode(raw[:-32] + number.to_bytes(32, "little")).decode()
    write("cart.py", lines)
    assert verify("cart.py") == ("bad-signature" if line == 1 else "bad-global-signature")
    assert minisign("-V", "-p", "ours.pub", "-m", "cart.py").returncode == 1


@pytest.mark.parametrize("line", [1, 3])
def test_base64_with_another_spelling(shop, line):
    sign("cart.py")
    lines = read("cart.py")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    pads = len(lines[line]) - len(lines[line].rstrip("="))
    last = lines[line][-pads - 1]
    lines[line] = lines[line][:-pads - 1] + alphabet[alphabet.index(last) ^ 1] + "=" * pads
    write("cart.py", lines)
    assert verify("cart.py") == "malformed"
    assert minisign("-V", "-p", "ours.pub", "-m", "cart.py").returncode == 0


@pytest.mark.parametrize("change", [
    lambda data: data + b"trailing\n",
    lambda data: data + b"\n",
    lambda data: data[:-1],
    lambda data: data.replace(b"\n", b"\r\n"),
    lambda data: b"\xef\xbb\xbf" + data,
    lambda data: b"",
    lambda data: data.replace(b"trusted comment: ", b"Trusted comment: "),
    lambda data: data.replace(b"\ntrusted", b"\n\ntrusted"),
    lambda data: b"untrusted comment: " + b"a" * 1100 + data[data.index(b"\n"):],
    lambda data: data.replace(b"kind=", b"k" * 9000 + b"="),
    lambda data: data + b"a" * (1 << 20),
    lambda data: data * 2,
], ids=["garbage", "line", "no-end", "crlf", "bom", "empty", "case", "blank", "long-first",
        "long-trusted", "megabyte", "twice"])
def test_a_signature_file_that_is_not_four_lines(shop, change):
    sign("cart.py")
    path = shop / "cart.py.minisig"
    path.write_bytes(change(path.read_bytes()))
    assert verify("cart.py") == "malformed"


def test_every_byte_of_a_signature_counts(shop):
    """Each byte of the lines that are signed or sign, changed by one bit."""
    sign("cart.py")
    path = shop / "cart.py.minisig"
    good = path.read_bytes()
    start = good.index(b"\n") + 1
    for at in range(start, len(good), 7):
        bad = bytearray(good)
        bad[at] ^= 1
        path.write_bytes(bytes(bad))
        assert verify("cart.py") != "ok", at


def test_a_signature_file_of_a_gigabyte_costs_nothing(shop):
    sign("cart.py")
    os.truncate("cart.py.minisig", 1 << 30)
    # sanitizers take terabytes of addresses
    limit = "true" if os.environ.get("STOCKADE_SANITIZE") else "ulimit -v 200000"
    limited = ["sh", "-c", limit + '; exec "$@"', "sh"]
    command = run("--version").args[0]
    done = subprocess.run(
        limited + [command, "verify", "--key", "ours.pub", "cart.py"],
        stdout=subprocess.PIPE, universal_newlines=True, timeout=120, env=environment(),
    )
    assert done.returncode == 1
    assert done.stdout == (
        "cart.py: malformed: the signature file of cart is longer than 16384 bytes\n"
    )


# ---- the key -------------------------------------------------------------


def public_key(name):
    with open(name + ".pub") as file:
        return file.read().split("\n")[1]


def with_id_of(name, other):
    """A key of `other`'s, its file saying that it is `name`'s."""
    raw = base64.b64decode(public_key(name))[:10] + base64.b64decode(public_key(other))[10:]
    return base64.b64encode(raw).decode()


def test_a_key_that_borrows_an_identifier(shop):
    sign("cart.py", key="other")
    lines = read("cart.py")
    raw = base64.b64decode(lines[1])
    ours = base64.b64decode(public_key("ours"))
    lines[1] = base64.b64encode(raw[:2] + ours[2:10] + raw[10:]).decode()
    write("cart.py", lines)
    assert verify("cart.py") == "bad-signature"
    # both trusted, both called the same: whose bytes verify has signed
    twin = with_id_of("ours", "other")
    done = run("verify", "--key", "ours.pub", "--key", twin, "cart.py")
    assert done.returncode == 0
    assert " signed by %s " % twin in done.stdout


def test_one_key_under_two_identifiers(shop):
    done = run(
        "verify", "--key", "ours.pub", "--key", with_id_of("other", "ours"), "cart.py",
    )
    assert done.returncode == 1
    assert done.stderr.endswith(" are the same key\n")


@pytest.mark.parametrize("point", [
    b"\x01" + bytes(31),
    bytes(32),
    b"\xec" + b"\xff" * 30 + b"\x7f",
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    b"\xee" + b"\xff" * 30 + b"\x7f",
], ids=["one", "zero", "minus-one", "order-eight", "not-canonical"])
def test_a_key_of_small_order_is_no_key(shop, point):
    """With R = 1 and S = 0 such a key has signed everything."""
    key = base64.b64encode(b"Ed" + b"\x01" * 8 + point).decode()
    done = run("verify", "--key", key, "cart.py")
    assert done.returncode == 1
    assert "not a point of the prime-order group" in done.stderr


# ---- what the policy says ------------------------------------------------


def write_policy(shop, *keys, signing=""):
    """A policy with the keys, `(NAME, LINES)`, and `[signing]`."""
    text = "[stockade]\nversion = 1\n"
    for name, lines in keys:
        text += "[key %s]\npublic = %s\n%s\n" % (name, public_key(name), lines)
    if signing:
        text += "[signing]\n" + signing + "\n"
    (shop / "p.ini").write_text(text + "[modules]\nshop = signed\n")
    (shop / "p.ini").chmod(0o644)


def judge(path):
    done = run("verify", "--policy", "p.ini", "--root", ".", "--format", "json", path)
    assert done.stderr == ""
    [one] = json.loads(done.stdout)["results"]
    return one["trust"]


def test_a_trusted_key_out_of_its_scope(shop):
    write_policy(shop, ("ours", "modules = shop"), ("other", "modules = tools"))
    sign("shop/cart.py", key="other")
    assert judge("shop/cart.py") == "key-out-of-scope"
    sign("shop/cart.py")
    assert judge("shop/cart.py") == "ok"


def test_a_key_for_other_kinds(shop):
    write_policy(shop, ("ours", "modules = *\nkinds = data"))
    sign("shop/cart.py")
    assert judge("shop/cart.py") == "key-kind"


def test_the_same_key_twice_in_a_threshold(shop):
    write_policy(shop, ("ours", "modules = *"), ("other", "modules = *"),
                 signing="threshold = 2")
    sign("shop/cart.py")
    for number in "234":
        shutil.copy("shop/cart.py.minisig", "shop/cart.py.minisig." + number)
    assert judge("shop/cart.py") == "threshold"
    sign("shop/cart.py", "--additional", key="other")
    assert judge("shop/cart.py") == "ok"


def test_a_revoked_key_with_an_old_date(shop):
    write_policy(shop, ("ours", "modules = *\nstatus = revoked 2026-06-01"))
    done = run("sign", "--key", "ours.key", "--root", ".", "shop/cart.py",
               env=environment(SOURCE_DATE_EPOCH="1735700000"))
    assert done.returncode == 0
    assert judge("shop/cart.py") == "key-revoked"


def test_a_revoked_key_of_signing(shop):
    write_policy(shop, ("ours", "modules = *"), ("other", "modules = *"),
                 signing="revoked = " + public_key("ours"))
    sign("shop/cart.py")
    assert judge("shop/cart.py") == "key-revoked"


def test_a_revoked_content(shop):
    write_policy(shop, ("ours", "modules = *"),
                 signing="revoked = " + hashlib.blake2b(BODY, digest_size=32).hexdigest())
    sign("shop/cart.py")
    assert judge("shop/cart.py") == "hash-revoked"


@pytest.mark.parametrize("lines, reason", [
    ("not_after = 2025-01-31", "key-expired"),
    ("not_before = 2100-01-31", "key-not-yet-valid"),
])
def test_a_key_out_of_its_time(shop, lines, reason):
    write_policy(shop, ("ours", "modules = *\n" + lines))
    sign("shop/cart.py")
    assert judge("shop/cart.py") == reason


def test_an_expired_signature(shop):
    write_policy(shop, ("ours", "modules = *"))
    done = run("sign", "--key", "ours.key", "--root", ".", "--expires", "2025-06-30",
               "shop/cart.py", env=environment(SOURCE_DATE_EPOCH="1735700000"))
    assert done.returncode == 0
    assert judge("shop/cart.py") == "expired"


def test_a_clock_that_is_behind(shop):
    write_policy(shop, ("ours", "modules = *"), signing="clock_floor = 2100-01-01")
    sign("shop/cart.py")
    assert judge("shop/cart.py") == "clock"
    write_policy(shop, ("ours", "modules = *"))
    done = run("sign", "--key", "ours.key", "--root", ".", "shop/cart.py",
               env=environment(SOURCE_DATE_EPOCH="4102444800"))
    assert done.returncode == 0
    assert judge("shop/cart.py") == "clock"


def test_an_older_release(shop):
    write_policy(shop, ("ours", "modules = *"), signing="floor = shop:300")
    sign("shop/cart.py", "--sequence", "299")
    assert judge("shop/cart.py") == "rollback"
    sign("shop/cart.py", "--sequence", "300")
    assert judge("shop/cart.py") == "ok"
    sign("shop/cart.py", "--sequence", "1000301")
    assert judge("shop/cart.py") == "sequence-jump"


def test_a_key_file_that_was_swapped_changes_nothing(shop):
    """Keys stand in the policy; no .pub beside it is ever read."""
    write_policy(shop, ("ours", "modules = *"))
    shutil.copy("other.pub", "ours.pub")
    sign("shop/cart.py")
    assert judge("shop/cart.py") == "ok"
    sign("shop/cart.py", key="other")
    assert judge("shop/cart.py") == "unknown-key"
