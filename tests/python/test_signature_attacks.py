# SPDX-License-Identifier: Apache-2.0
# covers: python/signed/signed.c
# covers: python/signed/verified.c
"""Attacks on signed trees and on the keys, each against a real import."""

import hashlib
import shutil
import subprocess

import pytest

import signing
from clitool import run
from signedyard import TRY, plain, tree, yard


# ---- what a signature is about ----------------------------------------------


def test_a_tree_under_another_name_is_refused(tree):
    tree.policy("shop = signed\nother = signed")
    shutil.copytree(str(tree.lib / "shop"), str(tree.lib / "other"))
    assert tree.reason("other.cart") == "name-mismatch"


def test_a_tree_moved_below_another_package_is_refused(tree):
    tree.policy("shop = signed\nouter = signed")
    outer = tree.lib / "outer"
    outer.mkdir()
    (outer / "__init__.py").write_text("")
    tree.sign(outer / "__init__.py", root=tree.lib)
    shutil.copytree(str(tree.lib / "shop"), str(outer / "shop"))
    assert tree.reason("outer.shop") == "name-mismatch"


def test_a_part_of_a_tree_on_the_path_is_refused(tree):
    """shop/deep on sys.path, as deep and as low."""
    tree.policy("shop = signed\ndeep = signed\nlow = signed\ncart = signed")
    assert tree.reason("deep", paths=[tree.lib / "shop"]) == "unlisted"
    assert tree.reason("cart", paths=[tree.lib / "shop"]) == "unlisted"
    assert tree.reason("low", paths=[tree.lib / "shop/deep"]) == "unsigned"
    record, = tree.run(TRY % ("deep", "deep"), paths=[tree.lib / "shop"]).attempts(
        "deep", outcome="refused")
    assert record["error"] == (
        "%s lies in a signed tree that has no such name: the folder of a package is on sys.path; "
        "take it off, and import the module through the package"
        % (tree.lib / "shop/deep/__init__.py"))


def test_a_tree_for_another_context_is_refused(yard):
    yard.sign(yard.lib / "shop", "--context", "corp/dev")
    yard.policy(signing="context = corp/prod")
    assert yard.reason() == "context-mismatch"
    yard.bundle(yard.lib / "shop", "--context", "corp/dev")
    yard.policy("shop = signed bundle:shop.stk", signing="context = corp/prod")
    assert yard.reason() == "context-mismatch"


def test_a_module_that_becomes_a_package_and_back_is_refused(yard):
    lib = yard.lib
    for path in ("shop/__init__.py", "shop/cart.py", "shop/deep/__init__.py"):
        yard.sign(lib / path, root=lib)
    for end in ("", ".minisig"):
        (lib / "shop/pay").mkdir(exist_ok=True)
        shutil.copy(str(lib / "shop/cart.py") + end, str(lib / "shop/pay/__init__.py") + end)
        (lib / ("shop/cart.py" + end)).unlink()
        (lib / "shop/cart").mkdir(exist_ok=True)
        shutil.move(str(lib / "shop/pay/__init__.py") + end,
                    str(lib / "shop/cart/__init__.py") + end)
        shutil.move(str(lib / "shop/deep/__init__.py") + end, str(lib / "shop/deep.py") + end)
    shutil.rmtree(str(lib / "shop/deep"))
    assert yard.reason("shop.cart") == "kind-mismatch"
    assert yard.reason("shop.deep") == "kind-mismatch"


def test_signed_data_is_no_module(yard):
    lib = yard.lib
    yard.sign(lib / "shop/__init__.py", root=lib)
    (lib / "shop/cart.py").write_text(yard.evil)
    yard.sign(lib / "shop/cart.py", "--kind", "data", root=lib)
    assert yard.reason() == "kind-mismatch"


def test_data_of_a_tree_is_no_module(yard):
    (yard.lib / "shop/notes.txt").write_text(yard.evil)
    yard.sign(yard.lib / "shop")
    (yard.lib / "shop/notes.txt").rename(yard.lib / "shop/notes.py")
    assert yard.reason("shop.notes") == "unlisted"


def test_an_edited_comment_of_a_tree_is_refused(tree):
    minisig = tree.lib / "shop/STOCKADE.manifest.minisig"
    minisig.write_text(minisig.read_text().replace("sequence=5", "sequence=9"))
    assert tree.reason() == "bad-global-signature"


@pytest.mark.skipif(not shutil.which("minisign"), reason="minisign is not installed")
def test_a_plain_comment_is_for_a_top_level_module_alone(yard):
    lib = yard.lib
    (lib / "shop.py").write_text("release = 3\n")
    shutil.move(str(lib / "shop"), str(yard.folder / "away"))
    for file in ("shop.py", "away/__init__.py", "away/cart.py"):
        at = lib / file if file == "shop.py" else yard.folder / file
        subprocess.run(["minisign", "-S", "-s", str(yard.folder / "a.key"), "-m", str(at)],
                       check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    assert yard.reason("shop") == "unbound"
    yard.policy(signing="binding = basename")
    assert yard.imports("shop") == 3
    for end in ("", ".minisig"):
        (lib / ("cart.py" + end)).write_bytes((lib / ("shop.py" + end)).read_bytes())
        (lib / ("shop.py" + end)).unlink()
    yard.policy("shop = signed\ncart = signed", signing="binding = basename")
    assert yard.reason("cart") == "unbound"
    shutil.move(str(yard.folder / "away"), str(lib / "shop"))
    assert yard.reason("shop") == "unbound"


def test_other_line_ends_or_a_coding_line_are_refused(plain):
    cart = plain.lib / "shop/cart.py"
    text = cart.read_bytes()
    for changed in (text.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + text,
                    b"# coding: latin-1\n" + text, text + b"\0", text[:-1], b""):
        cart.write_bytes(changed)
        assert plain.reason() in ("hash-mismatch", "size-mismatch")


def test_a_changed_source_is_refused_though_its_code_is_good(tree):
    (tree.lib / "shop/cart.py").write_text(tree.evil)
    assert tree.reason() in ("hash-mismatch", "size-mismatch")


def test_a_name_is_looked_up_as_it_is_written(tree):
    tree.policy("shop = signed\nfile = signed")
    (tree.lib / "file.py").write_text(tree.evil)
    done = tree.run("""
        import stockade
        for name in ("\\ufb01le", "FILE", "file"):
            try:
                __import__(name)
            except stockade.SignatureError as error:
                print(error.reason)
            except ImportError as error:
                print(type(error).__name__)
        try:
            import \ufb01le
        except stockade.SignatureError as error:
            print(error.name, error.reason)
    """)
    assert done.out.split() == ["ModuleNotFoundError", "ModuleNotFoundError", "unsigned",
                                "file", "unsigned"], done.err
    assert not tree.mark.exists()


@pytest.mark.parametrize("name", [
    "shop.../x", "shop.a/b", "shop./etc/x", "shop.a\0b", "shop.cart\n", "shop. cart", "shop.",
    "shop..cart", "shop.cart/", "shop.\u202ecart", "shop.cart.", "shop.../lib/shop/cart",
    "shop.a\\b", "shop.cart.py",
])
def test_an_odd_name_finds_nothing(tree, name):
    (tree.lib / "x.py").write_text(tree.evil)
    done = tree.run("""
        name = %r
        try:
            __import__(name)
        except (ImportError, ValueError, TypeError) as error:
            print("no")
        print(name in sys.modules)
    """ % name)
    assert (done.code, done.out) == (0, "no\nFalse\n"), done.out + done.err
    with open(done.log, "rb") as log:
        assert "\u202e".encode() not in log.read()
    assert not tree.mark.exists()


# ---- keys -------------------------------------------------------------------


def test_a_signature_that_is_cut_or_grown_is_refused(tree):
    minisig = tree.lib / "shop/STOCKADE.manifest.minisig"
    data = minisig.read_bytes()
    for changed in [data[:n] for n in range(0, len(data) - 1, 60)] + [
            data * 2, data + b"x", data + b"\n" * 3, b"x" * 20000, data + b" " * 20000]:
        minisig.write_bytes(changed)
        assert tree.reason() in ("malformed", "bad-signature", "bad-global-signature"), changed


def test_a_key_is_good_for_its_names_alone(tree):
    tree.policy(scope="shop.cart, tools")
    assert tree.reason() == "key-out-of-scope"
    tree.bundle(tree.lib / "shop")
    tree.policy("shop = signed bundle:shop.stk", scope="shop.deep, tools")
    assert tree.reason() == "key-out-of-scope"


def test_a_name_of_a_folder_of_the_path_is_held_to_the_scope_of_the_key(yard):
    """One manifest for all of sys.path, by a key that may sign tools only."""
    (yard.lib / "tools.py").write_text("release = 1\n")
    yard.sign(yard.lib, root=yard.lib)
    yard.policy("shop = signed\ntools = signed", scope="tools")
    assert yard.reason() == "key-out-of-scope"


def test_two_signatures_of_one_key_are_one(tree):
    shop = tree.lib / "shop"
    tree.policy(signing="threshold = 2", keys="ab")
    shutil.copy(str(shop / "STOCKADE.manifest.minisig"),
                str(shop / "STOCKADE.manifest.minisig.2"))
    assert tree.reason() == "threshold"
    (shop / "STOCKADE.manifest.minisig.2").unlink()
    tree.sign(shop, "--additional", key="b")
    assert tree.imports() == 1


def test_a_key_under_two_names_is_refused(tree):
    tree.policy(keys="ab")
    tree.ini.write_text(tree.ini.read_text().replace(tree.public("b"), tree.public("a")))
    done = tree.run("import shop\n")
    assert done.code != 0 and "one key has one name" in done.err


def test_a_threshold_of_a_name_holds_below_one_of_its_tree(tree):
    tree.policy(signing="threshold = shop.pay:2", keys="ab")
    assert tree.imports() == 1
    assert tree.reason("shop.pay") == "threshold"


@pytest.mark.skipif(not shutil.which("minisign"), reason="minisign is not installed")
@pytest.mark.parametrize("threshold", ["2", "shop:2", "shop.*:2 shop:1"])
def test_one_key_of_several_moves_no_floor(yard, threshold):
    """A third signature, of a higher sequence: the release of the other two is not refused for
    it, and neither is the next one."""
    assert run("keygen", "-W", "-o", yard.folder / "c").returncode == 0
    shop, state = yard.lib / "shop", yard.folder / "state"
    yard.sign(shop, "--sequence", "5")
    yard.sign(shop, "--additional", key="b")
    yard.policy(signing="threshold = %s\nstate = state" % threshold, keys="abc")
    assert yard.imports() == 1
    before = state.read_text()
    assert before.split("\n")[1].split()[:2] == ["shop", "5"]
    manifest = shop / "STOCKADE.manifest"
    subprocess.run(["minisign", "-S", "-s", str(yard.folder / "c.key"), "-m", str(manifest),
                    "-x", str(manifest) + ".minisig.3", "-t", signing.comment(
                        manifest, "shop", "manifest", package="shop", sequence=9)],
                   check=True, stdout=subprocess.DEVNULL, input=b"")
    assert yard.imports() == 1
    (shop / "STOCKADE.manifest.minisig.2").unlink()
    assert yard.reason() == "threshold"
    assert state.read_text() == before


def test_two_keys_of_which_one_is_revoked_are_one(tree):
    tree.sign(tree.lib / "shop", "--additional", key="b")
    tree.policy(signing="threshold = 2", keys="ab")
    assert tree.imports() == 1
    tree.policy(signing="threshold = 2\nrevoked = %s" % tree.public("b"), keys="ab")
    assert tree.reason() in ("threshold", "key-revoked")


def test_a_revoked_key_signs_nothing_whatever_its_date(yard):
    yard.sign(yard.lib / "shop", "--date", "2026-07-02")
    yard.policy(more="status = revoked 2026-08-01\n")
    assert yard.reason() == "key-revoked"
    yard.policy(signing="revoked = %s" % yard.public("a"))
    assert yard.reason() == "key-revoked"


def test_a_key_out_of_its_time_signs_nothing(tree):
    tree.policy(more="not_after = 2026-02-01\n")
    assert tree.reason() == "key-expired"
    tree.policy(more="not_before = 2100-02-01\n")
    assert tree.reason() == "key-not-yet-valid"


def test_a_clock_that_is_set_back_is_told(tree):
    tree.policy(signing="clock_floor = 2100-01-01")
    assert tree.reason() == "clock"


def test_a_signature_of_the_future_is_refused(yard):
    yard.sign(yard.lib / "shop", "--date", "2100-01-01")
    assert yard.reason() == "clock"


def test_content_that_is_revoked_is_refused(tree):
    (tree.lib / "shop/cart.py").write_text("release = 7\n")
    tree.sign(tree.lib / "shop", "--sequence", "6")
    digest = hashlib.blake2b(b"release = 7\n", digest_size=32).hexdigest()
    tree.policy(signing="revoked = " + digest)
    assert tree.imports("shop.pay") == 1
    assert tree.reason() == "hash-revoked"
    tree.bundle(tree.lib / "shop")
    tree.policy("shop = signed bundle:shop.stk", signing="revoked = " + digest)
    assert tree.imports("shop.pay") == 1
    assert tree.reason() == "hash-revoked"


@pytest.mark.parametrize("wrong", [
    "[key a]\npublic = {a}\nmodules = *\n", "trusted = *\n", "[signing]\nallow_legacy = yes\n",
    "[signing]\nthreshold = 0\n",
])
def test_a_policy_with_a_second_key_or_an_unknown_word_runs_nothing(tree, wrong):
    tree.ini.write_text(tree.ini.read_text() + wrong.format(a=tree.public("a")))
    done = tree.run("import shop; print('ran')\n")
    assert done.code != 0
    assert done.out == "" and "policy.ini:" in done.err


def test_a_policy_that_others_may_write_runs_nothing(tree):
    tree.ini.chmod(0o666)
    done = tree.run("import shop; print('ran')\n")
    assert done.code != 0
    assert done.out == ""


def test_a_key_file_on_disk_changes_nothing(tree):
    (tree.folder / "a.pub").write_text((tree.folder / "b.pub").read_text())
    assert tree.imports() == 1
    tree.sign(tree.lib / "shop", "--sequence", "6", key="b")
    assert tree.reason() == "unknown-key"
