# SPDX-License-Identifier: Apache-2.0
# covers: python/signed/signed.c
# covers: python/signed/verified.c
"""Attacks on manifests, bundles and releases, each against a real import."""

import hashlib
import marshal
import os
import shutil
import struct
import subprocess
import zipfile

import pytest

import signing
from clitool import run
from signedyard import packed, plain, tree, yard


# ---- trees and bundles ------------------------------------------------------


def test_no_prefix_of_a_manifest_is_imported_from(plain):
    file = plain.lib / "shop/STOCKADE.manifest"
    data = file.read_bytes()
    for length in [*range(0, len(data), len(data) // 6), len(data) - 1]:
        file.write_bytes(data[:length])
        assert plain.reason() == "bad-signature"


def test_a_row_more_or_less_or_elsewhere_is_refused(plain):
    file = plain.lib / "shop/STOCKADE.manifest"
    text = file.read_text()
    lines = text.splitlines(True)
    row = next(number for number, line in enumerate(lines) if "shop.cart" in line)
    for changed in (lines[:row] + lines[row + 1:], lines[:row] + [lines[row]] + lines[row:],
                    lines[:row] + [lines[row + 1], lines[row]] + lines[row + 2:],
                    lines + ["m shop.evil evil.py 0 %s\n" % ("0" * 64)]):
        file.write_text("".join(changed))
        assert plain.reason() == "bad-signature"


def reseal(yard, old, new):
    """The manifest edited and signed again, by a key that was stolen."""
    file = yard.lib / "shop/STOCKADE.manifest"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    data = file.read_bytes()
    comment = (yard.lib / "shop/STOCKADE.manifest.minisig").read_text().split("\n")[2]
    fields = [field for field in comment[len("trusted comment: "):].split("\t")]
    told = {"hash": hashlib.blake2b(data, digest_size=32).hexdigest(), "size": str(len(data))}
    fields = [field.split("=")[0] + "=" + told[field.split("=")[0]]
              if field.split("=")[0] in told else field for field in fields]
    subprocess.run(["minisign", "-S", "-s", str(yard.folder / "a.key"), "-m", str(file),
                    "-t", "\t".join(fields)],
                   check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


@pytest.mark.skipif(not shutil.which("minisign"), reason="minisign is not installed")
@pytest.mark.parametrize("old, new", [
    (" cart.py ", " ../cart.py "), (" cart.py ", " /tmp/cart.py "), (" cart.py ", " ./cart.py "),
    (" cart.py ", " deep//cart.py "), (" cart.py ", " cart.py/ "), (" cart.py ", " cart\\.py "),
    (" cart.py ", " cart\0.py "), (" cart.py ", "  "), (" cart.py ", " pay.py "),
    ("m shop.cart", "m shop.CART"), ("m shop.cart", "m json"), ("m shop.cart", "p shop.cart"),
    ("m shop.cart cart.py", "m shop.Pay Pay.py"), ("m shop.cart", "m shop.pay"),
    ("m shop.cart cart.py", "m shop.\ufb01le \ufb01le.py"),
    ("m shop.cart cart.py", "m shop.c\u202eart c\u202eart.py"), ("end 6", "end 7"),
    ("prefix: shop", "prefix: -"), ("\n", "\r\n"), ("end 6\n", "end 6\nend 6\n"),
    ("end 6\n", "end 6"), ("count: 6", "count: 06"), ("count: 6", "count: 4294967302"),
    ("total: ", "total: 9"),
])
def test_a_manifest_that_cannot_be_is_refused_whoever_signed_it(plain, old, new):
    reseal(plain, old, new)
    assert plain.reason() in ("malformed", "name-mismatch")


@pytest.mark.skipif(not shutil.which("minisign"), reason="minisign is not installed")
@pytest.mark.parametrize("old, new", [
    ("package: shop", "package: other"), ("version: -", "version: 2"),
    ("sequence: 5", "sequence: 6"), ("context: -", "context: corp/prod"),
    ("expires: 0", "expires: 9999999999"),
])
def test_a_manifest_says_what_its_signature_says(plain, old, new):
    """One who reads the one and one who reads the other must not see two releases."""
    reseal(plain, old, new)
    assert plain.reason("shop") == "malformed"
    done = run("verify", "--policy", plain.ini, plain.lib / "shop")
    assert done.returncode == 1
    assert "the head of STOCKADE.manifest is not what its signature says" in done.stdout


def test_a_damaged_page_does_not_make_a_name_vanish(packed):
    """Every 16th byte of the bundle: the very release or a refusal."""
    file = packed.folder / "shop.stk"
    data = file.read_bytes()
    done = packed.run("""
        import subprocess
        """)
    assert done.code == 0
    refused = 0
    for at in range(0, len(data), max(1, len(data) // 40)):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        done = packed.run("""
            import stockade
            try:
                import shop.cart
                print("imported", shop.cart.release)
            except stockade.SignatureError as error:
                print("refused", error.reason)
        """)
        assert done.out in ("imported 1\n",) or done.out.startswith("refused "), (at, done.out)
        refused += done.out.startswith("refused ")
        assert not packed.mark.exists()
    assert refused > 5


def test_pages_of_a_bundle_in_another_order_are_refused(yard):
    for number in range(150):
        (yard.lib / "shop/some").mkdir(exist_ok=True)
        (yard.lib / ("shop/some/name%d.py" % number)).write_text("release = 1\n")
    file = yard.bundle(yard.lib / "shop", "--no-code")
    yard.policy("shop = signed bundle:shop.stk")
    assert yard.imports() == 1
    data = file.read_bytes()
    size = 4096
    swapped = bytearray(data)
    swapped[size:2 * size], swapped[2 * size:3 * size] = (
        data[2 * size:3 * size], data[size:2 * size])
    assert bytes(swapped) != data
    file.write_bytes(swapped)
    done = run("verify", "--key", yard.folder / "a.pub", file)
    assert done.returncode == 1
    assert yard.reason("shop.some.name1") in ("hash-mismatch", "malformed")


def test_no_prefix_of_a_bundle_and_no_two_of_them_are_one(packed):
    file = packed.folder / "shop.stk"
    data = file.read_bytes()
    for changed in [data[:n] for n in range(0, len(data), len(data) // 8)] + [
            data[:-1], data + b"\0", data * 2, b"#!/bin/sh\n" + data, data + b"PK\5\6" + b"\0" * 18]:
        file.write_bytes(changed)
        assert packed.reason("shop") in (
            "malformed", "bad-signature", "unsigned", "size-mismatch", "hash-mismatch")


def test_a_bundle_whose_lengths_are_huge_is_refused(packed):
    file = packed.folder / "shop.stk"
    data = file.read_bytes()
    for at in range(8, 160, 4):
        file.write_bytes(data[:at] + b"\xff\xff\xff\x7f" + data[at + 4:])
        assert packed.reason("shop") in (
            "malformed", "bad-signature", "bad-global-signature", "unknown-key", "hash-mismatch")


def test_a_bundle_is_for_its_names_alone(packed):
    """What it does not have is not looked for beside it."""
    (packed.lib / "shop/more.py").write_text(packed.evil)
    packed.missing("shop.more")
    (packed.lib / "other").mkdir()
    (packed.lib / "other/__init__.py").write_text(packed.evil)
    packed.policy("shop = signed bundle:shop.stk\nother = signed bundle:shop.stk")
    packed.missing("other")


def test_an_older_release_is_refused(yard):
    """By the policy's floor, and by what was imported before."""
    state = "state = signing.state\nfloor = shop:%d"
    yard.sign(yard.lib / "shop", "--sequence", "5")
    yard.bundle(yard.lib / "shop", "--sequence", "5")
    shutil.copytree(str(yard.lib), str(yard.folder / "old"))
    for modules in ("shop = signed", "shop = signed bundle:shop.stk"):
        yard.policy(modules, signing=state % 6)
        assert yard.reason() == "rollback"
        yard.policy(modules, signing=state % 5)
        assert yard.imports() == 1
    yard.grow(yard.lib, 2)
    yard.sign(yard.lib / "shop", "--sequence", "6")
    yard.policy("shop = signed", signing=state % 1)
    assert yard.imports() == 2
    assert yard.reason(paths=[yard.folder / "old"]) == "rollback"
    yard.policy("shop = signed bundle:shop.stk", signing=state % 1)
    assert yard.reason() == "rollback"


def test_an_older_release_is_refused_in_the_process_that_had_the_newer(yard):
    yard.sign(yard.lib / "shop", "--sequence", "5")
    yard.grow(yard.folder / "new", 2)
    yard.sign(yard.folder / "new/shop", "--sequence", "6")
    done = yard.run("""
        import importlib, stockade
        import shop.cart
        print(shop.cart.release)
        sys.path[:0] = [%r]
        for name in [name for name in sys.modules if name.startswith("shop")]:
            del sys.modules[name]
        try:
            import shop.cart
        except stockade.SignatureError as error:
            print(error.reason)
        print("shop" in sys.modules)
    """ % str(yard.lib), paths=[yard.folder / "new"])
    assert done.out == "2\nrollback\nFalse\n", done.err


def test_a_release_that_expired_is_refused(yard):
    yard.sign(yard.lib / "shop", "--date", "2026-07-10", "--expires", "2026-07-11")
    assert yard.reason() == "expired"
    yard.bundle(yard.lib / "shop", "--date", "2026-07-10", "--expires", "2026-07-11")
    yard.policy("shop = signed bundle:shop.stk")
    assert yard.reason() == "expired"


def test_a_release_number_does_not_jump(yard):
    yard.policy(signing="state = signing.state")
    yard.sign(yard.lib / "shop", "--sequence", "5")
    assert yard.imports() == 1
    yard.sign(yard.lib / "shop", "--sequence", str(2 ** 63 - 1))
    assert yard.reason() == "sequence-jump"
    yard.sign(yard.lib / "shop", "--sequence", "6")
    assert yard.imports() == 1


@pytest.mark.parametrize("spoil", [
    lambda file: file.unlink(), lambda file: file.write_text(""),
    lambda file: file.write_text("stockade-state 1\n"),
    lambda file: file.write_bytes(file.read_bytes() * 2),
    lambda file: file.chmod(0o666),
    lambda file: file.rename(str(file) + "x") or file.symlink_to(str(file) + "x"),
    lambda file: file.write_bytes(file.read_bytes()[:-4]),
])
def test_a_state_that_was_taken_away_or_spoiled_is_refused(tree, spoil):
    tree.policy(signing="state = signing.state")
    assert tree.imports() == 1
    tree.policy(signing="state = signing.state\nrequire_state = yes")
    assert tree.imports() == 1
    spoil(tree.folder / "signing.state")
    done = tree.run("import shop.cart\n" + tree.evil)
    assert done.code != 0
    assert "signing.state" in done.err
    assert not tree.mark.exists()


def test_a_state_under_a_key_is_not_set_back_by_hand(tree):
    tree.policy(signing="state = signing.state\nstate_key = machine.key")
    assert tree.imports() == 1
    file = tree.folder / "signing.state"
    assert (tree.folder / "machine.key").stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    assert "shop 5 " in text
    for changed in (text.replace("shop 5 ", "shop 4 "), text[:text.index("mac ")],
                    "stockade-state 1\nend 0\n"):
        file.write_text(changed)
        assert tree.reason() == "state-missing"
    file.write_text(text)
    assert tree.imports() == 1


def test_files_of_two_releases_are_not_mixed(plain):
    """The older manifest with newer files, and the other way round."""
    old = plain.folder / "old"
    shutil.copytree(str(plain.lib), str(old))
    plain.grow(plain.lib, 2)
    plain.sign(plain.lib / "shop", "--sequence", "6", "--no-code")
    assert plain.imports() == 2
    shutil.copy(str(old / "shop/cart.py"), str(plain.lib / "shop/cart.py"))
    assert plain.reason() == "hash-mismatch"
    for name in ("STOCKADE.manifest", "STOCKADE.manifest.minisig"):
        shutil.copy(str(old / "shop" / name), str(plain.lib / "shop" / name))
    assert plain.reason() == "hash-mismatch"
    assert plain.reason("shop.pay") == "hash-mismatch"


def test_a_newer_manifest_with_an_older_signature_is_refused(plain):
    old = (plain.lib / "shop/STOCKADE.manifest.minisig").read_bytes()
    plain.grow(plain.lib, 2)
    plain.sign(plain.lib / "shop", "--sequence", "6", "--no-code")
    (plain.lib / "shop/STOCKADE.manifest.minisig").write_bytes(old)
    assert plain.reason() == "bad-signature"


def test_a_package_and_its_module_that_change_places_are_refused(plain):
    shop = plain.lib / "shop"
    shop.joinpath("cart.py").write_text("release = 3\n")
    plain.sign(shop, "--no-code")
    shop.joinpath("cart.py").rename(shop / "x")
    shop.joinpath("__init__.py").rename(shop / "cart.py")
    shop.joinpath("x").rename(shop / "__init__.py")
    assert plain.reason("shop") == "hash-mismatch"


def test_an_archive_is_no_place_of_signed_code(tree):
    archive = tree.folder / "shop.zip"
    with zipfile.ZipFile(str(archive), "w") as file:
        for path in sorted((tree.lib / "shop").rglob("*")):
            if path.is_file():
                file.write(str(path), str(path.relative_to(tree.lib)))
        file.writestr("shop/evil.py", tree.evil)
    tree.missing("shop", paths=[archive])
    tree.missing("shop.evil", paths=[tree.lib, archive])


def test_a_bundle_that_is_cut_while_the_program_runs_is_refused(packed):
    """What was read stays; what was not is refused, and nothing crashes."""
    for spoil in ("os.truncate(path, 4096)", "os.truncate(path, 0)",
                  "open(path, 'r+b').write(b'x' * size)"):
        whole = (packed.folder / "shop.stk").read_bytes()
        done = packed.run("""
            import os, stockade
            import shop
            path = %r
            size = os.path.getsize(path)
            %s
            try:
                import shop.cart
            except stockade.SignatureError as error:
                print("refused", error.reason, "shop.cart" in sys.modules)
        """ % (str(packed.folder / "shop.stk"), spoil))
        (packed.folder / "shop.stk").write_bytes(whole)
        assert done.code == 0, done.err
        assert done.out.startswith("refused ") and done.out.endswith("False\n"), done.out
        assert not packed.mark.exists()


def test_revoked_data_of_a_bundle_is_refused(packed):
    digest = hashlib.blake2b(b"1\n", digest_size=32).hexdigest()
    packed.policy("shop = signed bundle:shop.stk", signing="revoked = " + digest)
    done = packed.run("""
        import pkgutil, shop, stockade
        try:
            print(pkgutil.get_data("shop", "table.txt"))
        except stockade.SignatureError as error:
            print(error.reason, "get a release without it" in str(error))
    """)
    assert done.out == "hash-revoked True\n", done.err


def test_one_key_is_not_two_for_a_bundle(packed):
    packed.policy("shop = signed bundle:shop.stk", signing="threshold = 2", keys="ab")
    assert packed.reason("shop") == "threshold"


def test_a_state_that_cannot_be_kept_runs_nothing(tree):
    (tree.folder / "gone").mkdir()
    tree.policy(signing="state = gone/deep/signing.state\nrequire_state = yes")
    done = tree.run("import shop\nprint('ran')")
    assert done.code != 0 and done.out == "", done.out


# ---- what a signer himself made wrong ---------------------------------------


def sign_again(yard, path, module, kind, first="minisign"):
    """With the key of before, by minisign: stockade would not sign it."""
    secret = yard.folder / "a.key"
    subprocess.run(["minisign", "-S", "-s", str(secret), "-m", str(path), "-c", first, "-t",
                    signing.comment(path, module, kind, package="shop", sequence=5)],
                   check=True, stdout=subprocess.DEVNULL, input=b"")
    return (path.parent / (path.name + ".minisig")).read_bytes()


def edit_page(yard, edit):
    """The first page of the bundle, edited, with a header and a signature that fit."""
    file = yard.folder / "shop.stk"
    data = bytearray(file.read_bytes())
    size, = struct.unpack_from("<I", data, 8)
    total, = struct.unpack_from("<Q", data, 16)
    page = bytearray(data[size:size + 4096])
    old = hashlib.blake2b(page, digest_size=32).digest()
    edit(page)
    where = data.index(old)
    assert where < size
    data[where:where + 32] = hashlib.blake2b(page, digest_size=32).digest()
    data[size:size + 4096] = page
    header = yard.folder / "header"
    header.write_bytes(data[:size])
    text = sign_again(yard, header, "shop", "bundle", "stockade bundle")
    file.write_bytes(bytes(data[:total]) + text)


def content_of(page, name):
    """Where the page has offset, stored and full size, and digest of a module's file."""
    begin = page.index(name + b"\0") + len(name) + 1
    return page.index(b"\0", begin) + 1


@signing.needs_minisign
def test_a_page_that_is_made_again_is_as_good_as_the_first(packed):
    edit_page(packed, lambda page: None)
    assert packed.imports() == 1


@signing.needs_minisign
@pytest.mark.parametrize("size", [1, 13, 255, 4000, 1 << 20, (256 << 20) - 1, 256 << 20,
                                  (1 << 32) - 1])
def test_a_content_that_unpacks_to_another_size_is_refused(yard, size):
    """A bomb of which the signature holds."""
    yard.bundle(yard.lib / "shop", "--sequence", "5", "--no-code")
    yard.policy("shop = signed bundle:shop.stk")
    assert yard.imports() == 1

    def edit(page):
        at = content_of(page, b"shop.cart") + 12
        assert struct.unpack_from("<I", page, at) == (len("release = 1\n"),)
        struct.pack_into("<I", page, at, size)
    edit_page(yard, edit)
    before = ("import resource; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
              if not os.environ.get("STOCKADE_SANITIZE") else "")
    assert yard.reason("shop.cart", before=before) in ("malformed", "hash-mismatch",
                                                       "size-mismatch")


@signing.needs_minisign
@pytest.mark.parametrize("more", [b"\0", b"N" * 100, b"s\1\0\0\0"])
def test_signed_code_with_more_behind_it_is_not_run(tree, more):
    code, = (tree.lib / "shop/STOCKADE.code").glob("*/cart.code")
    old = code.read_bytes()
    code.write_bytes(old + more)
    reseal(tree, *("%d:%s" % (len(data), hashlib.blake2b(data, digest_size=32).hexdigest())
                   for data in (old, old + more)))
    done = tree.run("""
        try:
            import shop.cart
        except ImportError as error:
            print(error)
        print("shop.cart" in sys.modules)
        import shop.pay
    """)
    assert done.code == 0, done.err
    assert done.out == "the code for %r has more behind it\nFalse\n" % str(
        tree.lib / "shop/cart.py")


@signing.needs_minisign
@pytest.mark.parametrize("value", [42, "x", (1, 2)])
def test_signed_bytes_that_are_no_code_are_not_run(tree, value):
    code, = (tree.lib / "shop/STOCKADE.code").glob("*/cart.code")
    old = code.read_bytes()
    new = marshal.dumps(value)
    manifest = tree.lib / "shop/STOCKADE.manifest"
    text = manifest.read_text()
    was = "%d:%s" % (len(old), hashlib.blake2b(old, digest_size=32).hexdigest())
    assert was in text
    manifest.write_text(text.replace(was, "%d:%s" % (
        len(new), hashlib.blake2b(new, digest_size=32).hexdigest())))
    code.write_bytes(new)
    sign_again(tree, manifest, "shop", "manifest")
    done = tree.run("""
        import sys
        try:
            import shop.cart
        except Exception as error:
            print(type(error).__name__, "shop.cart" in sys.modules)
        import shop.pay
        print(shop.pay.release)
    """)
    assert (done.code, done.out) == (0, "ImportError False\n1\n"), done.err


# ---- large files ------------------------------------------------------------


@pytest.mark.parametrize("kind", ["tree", "packed"])
def test_a_file_of_hundreds_of_megabytes_is_read(kind, yard):
    """As the libraries that wheels bring along: 64 MiB are for what says its own length."""
    with open(str(yard.lib / "shop/large.bin"), "wb") as file:
        file.truncate((64 << 20) + 1)
    if kind == "packed":
        yard.bundle(yard.lib / "shop")
        yard.policy("shop = signed bundle:shop.stk")
    else:
        yard.sign(yard.lib / "shop", "--no-code")
    done = yard.run("import pkgutil, shop\nprint(len(pkgutil.get_data('shop', 'large.bin')))")
    assert done.out == "%d\n" % ((64 << 20) + 1), done.err
