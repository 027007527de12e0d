# SPDX-License-Identifier: Apache-2.0
# covers: python/load/execute.c
# covers: python/signed/signature.c
# covers: python/signed/signed.c
# covers: python/signed/verified.c
# covers: python/load/bytecode.c
# covers: python/signed/extension.c
# covers: python/attempt/open.c
"""Code that must be signed runs from the bytes that were verified, or not at all."""

import importlib.util
import os
import py_compile
import shutil
import subprocess
import sysconfig

import pytest

import clitool
import guarded
import signing

pytestmark = signing.needs_minisign


@pytest.fixture
def site(tmp_path):
    return signing.Site(tmp_path)


@pytest.fixture
def shop(site):
    site.write("shop/__init__.py", "name = 'shop'\n", "shop", "package")
    site.write("shop/cart.py", "def total():\n    return sum([1, 2])\n", "shop.cart")
    return site


def test_signed_modules_are_imported_and_recorded(shop):
    done = shop.run("""
        import shop.cart
        print(shop.cart.total(), shop.name)
        print(type(shop.__loader__).__name__, shop.__spec__.origin == shop.__file__)
    """)
    assert done.out.split("\n")[:2] == ["3 shop", "VerifiedLoader True"], done.err
    record = done.attempts("shop.cart", outcome="found")[0]
    assert record["verdict"] == "allow"
    assert record["key"] == "vendor"
    assert record["loader"] == "stockade.VerifiedLoader"
    assert record["origin"] == str(shop.lib / "shop/cart.py")
    assert len(record["digest"]) == 64


@pytest.mark.parametrize("spoil, reason", [
    (lambda file: file.write_bytes(file.read_bytes() + b"#\n"), "bad-signature"),
    (lambda file: file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n")), "bad-signature"),
    (lambda file: os.unlink(str(file) + ".minisig"), "unsigned"),
    (lambda file: shutil.copy(str(file) + ".minisig", str(file) + ".minisig.2")
     and open(str(file) + ".minisig", "w").close(), "malformed"),
    (lambda file: os.rename(str(file), str(file) + "c"), "sourceless"),
    (lambda file: os.rename(str(file), str(file) + "x") or os.symlink(str(file) + "x", str(file)),
     "path"),
])
def test_what_is_not_as_it_was_signed_is_refused(shop, spoil, reason):
    spoil(shop.lib / "shop/cart.py")
    if reason == "malformed":
        os.unlink(str(shop.lib / "shop/cart.py.minisig.2"))
    words, message, record = signing.refusal(shop, "shop.cart")
    assert words[:2] == ["shop.cart", reason]
    assert words[3] == "%s:%d" % (shop.ini, 8)
    assert "(%s)" % reason in message and '"shop = signed"' in message


def test_a_signature_that_was_taken_away_hides_none(shop):
    """The command and the import look at the same files."""
    path = str(shop.lib / "shop/cart.py")
    os.rename(path + ".minisig", path + ".minisig.3")
    for number in ("", "2", "9"):
        done = clitool.run("verify", "--policy", shop.ini, "--root", shop.lib, path)
        assert done.returncode == 0, done.stdout
        ran = shop.run("import shop.cart; print(shop.cart.total())")
        assert (ran.code, ran.out) == (0, "3\n"), ran.err
        if number:
            shutil.copy(path + ".minisig.3", path + ".minisig." + number)


def test_a_signature_is_for_one_name_alone(shop):
    shutil.copy(str(shop.lib / "shop/cart.py"), str(shop.lib / "shop/pay.py"))
    shutil.copy(str(shop.lib / "shop/cart.py.minisig"), str(shop.lib / "shop/pay.py.minisig"))
    words, _, _ = signing.refusal(shop, "shop.pay")
    assert words[1] == "name-mismatch"


def test_nothing_falls_through_to_another_folder(shop, tmp_path):
    (shop.lib / "shop/cart.py").write_text("evil = 1\n")
    other = tmp_path / "other/shop"
    other.mkdir(parents=True)
    (other / "cart.py").write_text("evil = 2\n")
    done = shop.run("""
        import shop
        shop.__path__.append(%r)
        sys.path.append(%r)
        import shop.cart
    """ % (str(other), str(tmp_path / "other")))
    assert done.code == 1
    assert "SignatureError: shop.cart is refused (bad-signature)" in done.err


@pytest.mark.parametrize("poison", ["pycache", "unchecked"])
def test_bytecode_caches_are_never_read(shop, poison):
    source = shop.lib / "shop/cart.py"
    evil = shop.folder / "evil.py"
    evil.write_text("def total():\n    return 'evil'\n")
    mode = (py_compile.PycInvalidationMode.UNCHECKED_HASH if poison == "unchecked"
            else py_compile.PycInvalidationMode.TIMESTAMP)
    os.utime(str(evil), (1, 1))
    os.utime(str(source), (1, 1))
    cached = importlib.util.cache_from_source(str(source))
    py_compile.compile(str(evil), cfile=cached, dfile=str(source), invalidation_mode=mode)
    assert shop.run("import shop.cart; print(shop.cart.total())").out == "3\n"


def test_a_body_that_fails_leaves_the_traceback_that_python_leaves(site):
    site.write("shop/__init__.py", "import shop.broken\n", "shop", "package")
    site.write("shop/broken.py", "x = 1\n1/0\n", "shop.broken")
    done = site.run("import shop\n")
    assert done.code == 1
    assert "importlib" not in done.err
    assert done.err.rstrip().endswith("ZeroDivisionError: division by zero")
    assert 'shop/broken.py", line 2' in done.err


def test_a_syntax_error_is_told_as_python_tells_it(site):
    site.write("shop.py", "x = 1\nx = = 2\n", "shop")
    done = site.run("import shop\n")
    assert "importlib" not in done.err
    assert 'lib/shop.py", line 2' in done.err
    assert "SyntaxError: invalid syntax" in done.err


def test_the_methods_of_a_loader(shop):
    done = shop.run("""
        import shop.cart, importlib.util, inspect
        loader = shop.cart.__loader__
        print(loader.get_filename("shop.cart") == shop.cart.__file__)
        print(loader.is_package("shop.cart"), shop.__loader__.is_package())
        print(inspect.getsource(shop.cart.total).split()[0], loader.get_source("shop.cart")[:3])
        print(loader.get_data(shop.cart.__file__)[:3], loader.get_code("shop.cart").co_filename
              == shop.cart.__file__)
        for wrong in (lambda: loader.get_code("other"), lambda: loader.get_data("/etc/passwd"),
                      lambda: type(loader)()):
            try:
                wrong()
            except Exception as error:
                print(type(error).__name__)
        print(repr(loader).startswith("<stockade.VerifiedLoader for 'shop.cart' at "))
        print(importlib.reload(shop.cart) is shop.cart, shop.cart.total())
        print(importlib.util.find_spec("shop.cart").loader is not loader)
    """)
    assert done.out.split("\n") == [
        "True", "False True", "def def", "b'def' True", "ImportError", "FileNotFoundError",
        "TypeError", "True", "True 3", "True", ""], done.err


def test_data_that_is_not_there_is_told_as_python_tells_it(shop):
    done = shop.run("""
        import errno, os, shop
        for path in (os.path.join(shop.__path__[0], "none.txt"), "/nowhere/none.txt"):
            try:
                shop.__loader__.get_data(path)
            except FileNotFoundError as error:
                print(error.errno == errno.ENOENT, error.filename == path)
    """)
    assert done.out == "True True\nTrue True\n", done.err


def test_a_source_that_changed_later_is_not_shown(shop):
    done = shop.run("""
        import shop.cart, stockade
        open(shop.cart.__file__, "a").write("# more\\n")
        try:
            shop.cart.__loader__.get_source("shop.cart")
        except stockade.SignatureError as error:
            print(error.reason)
    """)
    assert done.out == "hash-mismatch\n", done.err


def test_observe_records_and_lets_it_run(shop):
    (shop.lib / "shop/cart.py").write_text("def total():\n    return 7\n")
    done = shop.run("import shop.cart; print(shop.cart.total())", "--observe")
    assert done.out == "7\n", done.err
    record = done.attempts("shop.cart", verdict="deny")[0]
    assert record["reason"] == "bad-signature"
    assert record["outcome"] == "would-refuse"


def test_a_retiring_key_is_told_in_the_log(shop):
    shop.ini.write_text(shop.ini.read_text().replace("modules = *", "modules = *\nstatus = retiring"))
    done = shop.run("import shop\n")
    assert done.code == 0, done.err
    assert done.attempts("shop")[0]["reason"] == "key-retiring"


def test_a_meta_path_that_is_walked_by_hand_gives_the_verified_loader(shop):
    done = shop.run("""
        for finder in sys.meta_path:
            spec = finder.find_spec("shop", None)
            if spec:
                break
        print(type(spec.loader).__name__)
    """)
    assert done.out == "VerifiedLoader\n", done.err


@pytest.mark.skipif(not os.path.isdir(sysconfig.get_config_var("DESTSHARED") or ""),
                    reason="this Python has no extensions in files")
def test_a_signed_extension_is_loaded_from_memory(site):
    site.policy("[modules]\n_queue = signed\n", settings="shadowing = allow\n")
    done = subprocess.run(
        [os.path.join(guarded.BUILD, "stockade"), "run", "-p", str(site.ini), "-c",
         "import sysconfig; print(sysconfig.get_config_var('DESTSHARED'));"
         "print(sysconfig.get_config_var('EXT_SUFFIX'))"],
        stdout=subprocess.PIPE, universal_newlines=True, env=guarded.environment())
    folder, suffix = done.stdout.split()
    real = os.path.join(folder, "_queue" + suffix)
    if not os.path.exists(real):
        pytest.skip("_queue is built in")
    site.write("_queue" + suffix, open(real, "rb").read(), "_queue", "extension")
    code = "import _queue; print(_queue.__file__); _queue.SimpleQueue().put(1)"
    done = site.run(code)
    assert done.out == "%s\n" % (site.lib / ("_queue" + suffix)), done.err
    with open(str(site.lib / ("_queue" + suffix)), "ab") as file:
        file.write(b"\0")
    done = site.run(code)
    assert done.code == 1
    assert "SignatureError: _queue is refused (bad-signature)" in done.err
