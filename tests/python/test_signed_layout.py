# SPDX-License-Identifier: Apache-2.0
# covers: python/signed/settle.c
# covers: python/load/whose.c
"""What lies where beside signed code, and how it is told when it cannot be read."""

import fcntl
import os
import shutil
import subprocess
import textwrap
import time

import pytest

import guarded
from clitool import run
from signedyard import TRY, plain, tree, yard

ALL_SIGNED = "* = signed\n@stdlib = allow\n__main__ = allow\nstockade = allow\n_stockade = allow\n"


# ---- folders of sys.path within others --------------------------------------


def test_files_are_told_by_the_folder_that_import_finds_them_in(tree):
    """lib-dynload and site-packages lie in another folder of sys.path, and are no packages."""
    inner = tree.lib / "site-packages"
    for name in ("other/__init__.py", "other/part.py", "loose.py"):
        (inner / name).parent.mkdir(parents=True, exist_ok=True)
        (inner / name).write_text("release = 7\n")
    (inner / "other/table.txt").write_text("x")
    tree.policy(ALL_SIGNED + "other = allow")
    done = tree.run("""
        import _bisect, _json, math, mmap, pkgutil, readline
        import shop.cart, other.part
        print(shop.cart.release, other.part.release, pkgutil.get_data("other", "table.txt"))
        import loose
    """, paths=[tree.lib, inner])
    assert done.out == "1 7 b'x'\n", done.err
    assert "SignatureError: loose is refused (unsigned)" in done.err
    # a .pth file of this machine's may ask for more
    assert not {record["name"] for record in done.attempts(verdict="deny")} & {
        "_bisect", "_json", "math", "mmap", "pkgutil", "readline", "shop", "shop.cart",
        "other", "other.part", "lib-dynload", "lib-dynload.mmap"}


@pytest.mark.parametrize("load", [
    "machinery.SourceFileLoader('free', FILE).load_module()",
    "machinery.SourceFileLoader('shop.cart', FILE).load_module()",
    "__import__('cart')",
])
def test_the_folder_of_a_signed_package_on_the_path_opens_no_way(tree, load):
    file = tree.lib / "shop/cart.py"
    file.write_text(tree.evil)
    done = tree.run("""
        import importlib.machinery as machinery, stockade, warnings
        warnings.simplefilter("ignore")
        FILE = %r
        try:
            %s
        except stockade.SignatureError as error:
            print(error.name)
    """ % (str(file), load), paths=[tree.lib / "shop", tree.lib])
    assert done.out == "shop.cart\n", done.err
    assert not tree.mark.exists()


@pytest.mark.parametrize("target", ["/bin/true", "/nowhere", None])
def test_a_command_of_the_name_is_no_package(tree, target):
    """A link in a folder of commands: import passes it over."""
    commands = tree.folder / "bin"
    commands.mkdir()
    if target:
        (commands / "shop").symlink_to(target)
    else:
        os.mkfifo(str(commands / "shop"))
    done = tree.run("import shop.cart as m\nprint(m.release)", paths=[commands, tree.lib])
    assert done.out == "1\n", done.err
    (commands / "shop").unlink()
    (commands / "shop").symlink_to(tree.lib / "shop")
    assert tree.reason(paths=[commands, tree.lib]) == "path"


# ---- what cannot be read ----------------------------------------------------


def refused(yard, path):
    """The reason and what is told, while nobody may read `path`."""
    words = []
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("root reads everything")
        words = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    script = yard.folder / "program.py"
    script.write_text(guarded.dedent("""
        import stockade, sys
        sys.path.insert(0, %r)
        try:
            import shop.cart
            print("imported")
        except stockade.SignatureError as error:
            print(error.reason)
            print(error)
    """) % str(yard.lib))
    mode = path.stat().st_mode
    path.chmod(0)
    try:
        done = subprocess.run(
            [*words, os.path.join(guarded.BUILD, "stockade"), "run", "-p", str(yard.ini),
             str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            universal_newlines=True, env=guarded.environment(), timeout=60)
    finally:
        path.chmod(mode & 0o7777)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:2]


@pytest.mark.parametrize("path", [
    "shop", "shop/cart.py", "shop/STOCKADE.manifest", "shop/STOCKADE.manifest.minisig",
])
def test_what_may_not_be_read_is_said_so(plain, path):
    file = plain.lib / path
    reason, told = refused(plain, file)
    assert reason == "unreadable", told
    assert "Permission denied" in told and str(file.parent) in told and file.name in told


def test_a_signature_that_may_not_be_read_is_said_so(yard):
    for name in ("__init__.py", "cart.py"):
        yard.sign(yard.lib / "shop" / name, root=yard.lib)
    file = yard.lib / "shop/cart.py"
    reason, told = refused(yard, yard.lib / "shop/cart.py.minisig")
    assert reason == "unreadable"
    assert ("%s: its signature cart.py.minisig: cannot open: Permission denied" % file) in told


def test_a_folder_that_cannot_be_opened_now_is_not_one_without_the_module(tree):
    """Else another folder would be asked."""
    done = tree.run("""
        import os, resource, stockade
        import encodings.idna
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
        held = []
        while True:
            try:
                held.append(os.open("/dev/null", os.O_RDONLY))
            except OSError:
                break
        told = set()
        for more in range(8):
            try:
                import shop.cart
            except stockade.SignatureError as error:
                told.add((error.name, error.reason))
            except ImportError as error:
                told.add("missing")
            else:
                break
            os.close(held.pop())
        print(told, shop.cart.release)
        """)
    assert done.out == "{('shop', 'unreadable')} 1\n", done.out + done.err


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)])
def test_a_signature_of_a_policy_that_is_no_file_is_named(tree, make):
    make(str(tree.ini) + ".minisig")
    done = tree.run("print('ran')", "--policy-key", tree.public("b"))
    assert (done.code, done.out) == (1, "")
    assert "policy.ini.minisig" in done.err


# ---- the state --------------------------------------------------------------


def test_a_state_that_somebody_holds_is_waited_for_once(yard):
    files = ("__init__.py", "cart.py", "pay.py", "deep/__init__.py", "deep/low.py")
    for name in files:
        yard.sign(yard.lib / "shop" / name, "--sequence", "5", root=yard.lib)
    with open(str(yard.folder / "s.state.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yard.policy(signing="state = s.state")
        took = []
        # two seconds each time that it is waited for; a busy machine is slow, but not always
        while len(took) < 5 and (not took or took[-1] >= 8):
            began = time.monotonic()
            done = yard.run("import shop.cart, shop.pay, shop.deep.low as m\nprint(m.release)")
            took.append(time.monotonic() - began)
            assert done.out == "1\n", done.err
        assert took[-1] < 8, took
        yard.policy(signing="state = s.state\nrequire_state = yes")
        (yard.folder / "s.state").write_text("stockade-state 1\nend 0\n")
        done = yard.run("import shop")
        assert "s.state: cannot lock: " in done.err and "require_state = yes" in done.err


@pytest.mark.parametrize("how", ["files", "tree", "bundle"])
def test_a_state_that_cannot_be_kept_is_recorded(yard, how):
    """Without require_state it runs, and the log says that an older one may come back."""
    rule = "shop = signed"
    if how == "files":
        for name in ("__init__.py", "cart.py"):
            yard.sign(yard.lib / "shop" / name, "--sequence", "5", root=yard.lib)
    elif how == "tree":
        yard.sign(yard.lib / "shop", "--sequence", "5")
    else:
        yard.bundle(yard.lib / "shop", "--sequence", "5")
        rule += " bundle:shop.stk"
    (yard.folder / "s.state.lock").mkdir()
    yard.policy(rule, signing="state = s.state")
    done = yard.run("import shop.cart as m\nprint(m.release)")
    assert done.out == "1\n", done.err
    for name in ("shop", "shop.cart"):
        record, = done.attempts(name, outcome="found")
        assert record["reason"] == "state-unsaved"
        assert record["error"] == (
            "the state file %s/s.state: cannot lock: Is a directory; an older release may come "
            "back" % yard.folder)
    (yard.folder / "s.state.lock").rmdir()
    record, = yard.run("import shop").attempts("shop", outcome="found")
    assert (record["reason"], record.get("error")) == ("rule", None)


# ---- a bundle ---------------------------------------------------------------


def test_a_bundle_that_is_not_there_is_told_where_it_is_named(yard):
    yard.policy("json = allow\nshop = signed bundle:missing.stk")
    line = yard.ini.read_text().split("\n").index("shop = signed bundle:missing.stk") + 1
    done = yard.run("print(1)")
    assert (done.code, done.out) == (1, "")
    assert done.err == "%s:%d: cannot open the bundle %s: No such file or directory\n" % (
        yard.ini, line, yard.folder / "missing.stk")


def test_no_bundle_says_that_it_is_the_standard_library(yard):
    """A key for shop alone does not move its modules to the folder of Python's own."""
    (yard.lib / "os.py").write_text("release = 1\n")
    yard.bundle(yard.lib)
    yard.policy("shop = signed bundle:shop.stk", scope="shop")
    done = yard.run("import shop.cart as m\nprint(m.__file__)")
    assert done.out == "%s\n" % (yard.folder / "shop/cart.py"), done.err


# ---- what to do next ------------------------------------------------------------


@pytest.mark.parametrize("path, name", [
    ("shop/__init__.py", "shop"), ("shop/cart.py", "shop.cart"),
    ("shop/deep/low.py", "shop.deep.low"),
])
def test_the_command_that_a_refusal_names_is_the_one_that_helps(yard, path, name):
    for file in sorted((yard.lib / "shop").rglob("*.py")):
        yard.sign(file, root=yard.lib)
    os.unlink(str(yard.lib / (path + ".minisig")))
    done = yard.run(TRY.replace("error.reason)", "error.reason, error)") % (name, name))
    command = done.out.split("run: ")[1].split(" (")[0].split()
    assert command[:4] == ["stockade", "sign", "--key", "FILE"], done.out
    command[3] = str(yard.folder / "a.key")
    assert run(*command[1:], cwd="/").returncode == 0
    assert yard.imports(name) == 1


WRONG = [
    (dict(keys="b"), "which the policy does not have; give that key a [key NAME] section, or "
     "sign it with b: stockade sign --key FILE PATH"),
    (dict(scope="shop.deep"), "is signed by a, which may sign for shop.deep alone; no [key] of "
     "the policy may sign shop: widen the modules, kinds or dates of one, or add one "
     "(stockade keygen)"),
    (dict(more="kinds = data\n"), "which may not sign a manifest (see its kinds); no [key] of the "
     "policy may sign shop: widen the modules, kinds or dates of one, or add one (stockade keygen)"),
    (dict(more="not_after = 2026-01-01\n"), "which was valid until 2026-01-01; no [key] of "),
    (dict(more="status = revoked\n"), "is signed by a, which is revoked; no [key] of "),
    (dict(signing="threshold = shop:2"), "shop is signed by a; the policy wants 2 keys for shop and "
     "has no other that may sign a release of shop: add one (stockade keygen), or lower the threshold"),
    (dict(keys="ab", signing="threshold = shop:2"), "shop is signed by a; the policy wants 2 keys "
     "for shop, so that b must sign too: stockade sign --key FILE --additional PATH"),
    (dict(signing="context = prod"), "for the context \"\", the policy's is \"prod\": it was made for "
     "somewhere else; get what was made for here, or sign it again with --context prod"),
    (dict(signing="floor = shop:9"), "sequence 5 of shop is older than 9, which the policy's floor "
     "demands; get a release from there on"),
]


@pytest.mark.parametrize("policy, said", WRONG)
def test_a_refusal_says_who_signed_what_is_wanted_and_what_is_next(tree, policy, said):
    tree.policy(**policy)
    done = tree.run(TRY.replace("error.reason)", "error.reason, error)") % ("shop", "shop"))
    assert said in done.out, done.out + done.err


def test_a_path_of_any_length_is_looked_through(tree):
    assert tree.imports(paths=["/nowhere/%d" % n for n in range(5000)] + [tree.lib]) == 1


# ---- two releases of a package ------------------------------------------------


@pytest.fixture
def releases(tree):
    """`shop` is release 1; the folder `other` has release 2, as well signed."""
    tree.grow(tree.folder / "other", 2)
    tree.sign(tree.folder / "other/shop", "--sequence", "5")
    return tree


def run_with_other(tree, code, signing=""):
    if signing:
        tree.policy(signing=signing)
    return tree.run("OTHER = %r\nimport importlib.util, shop\nsys.path.insert(0, OTHER)\n%s"
                    % (str(tree.folder / "other"), textwrap.dedent(code)))


FIND = """
    for finder in sys.meta_path:
        found = finder.find_spec("shop", None)
        if found:
            break
    assert found.origin.startswith(OTHER)
"""


@pytest.mark.parametrize("signing", ["", "fast_path = off\n"])
def test_finding_another_release_moves_no_package(releases, signing):
    """Whoever asks the finders meanwhile does not have two releases mixed."""
    done = run_with_other(releases, FIND + """
    import shop.cart
    print(shop.release, shop.cart.release)
    importlib.reload(shop)
    import shop.pay
    print(shop.release, shop.pay.release)
    """, signing)
    assert done.out == "1 1\n2 2\n", done.err


def test_another_release_that_is_executed_aside_moves_no_package(releases):
    done = run_with_other(releases, FIND + """
    aside = importlib.util.module_from_spec(found)
    found.loader.exec_module(aside)
    import shop.cart
    print(aside.release, shop.release, shop.cart.release)
    sys.modules["shop"] = again = importlib.util.module_from_spec(found)
    found.loader.exec_module(again)
    import shop.pay
    print(again.release, shop.pay.release)
    """)
    assert done.out == "2 1 1\n2 2\n", done.err


# ---- names that a terminal would obey -----------------------------------------


def test_a_refusal_shows_control_characters_as_what_they_are(yard):
    folder = yard.folder / "li\x1b[31mb\nfake: 1"
    yard.grow(folder)
    done = yard.run("""
        import stockade
        try:
            import shop
        except stockade.SignatureError as error:
            print(ascii(str(error)), error.path == %r)
    """ % str(folder / "shop/__init__.py"), paths=[folder])
    assert "li\\\\x1b[31mb\\\\x0afake: 1/shop" in done.out, done.out + done.err
    assert done.out.endswith(" True\n")
