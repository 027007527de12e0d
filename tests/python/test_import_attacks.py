# SPDX-License-Identifier: Apache-2.0
# covers: python/signed/signed.c
# covers: python/signed/verified.c
"""Ways around signed code while it is imported, each in a real process."""

import importlib.machinery
import importlib.util
import os
import py_compile
import subprocess
import sys

import pytest

import guarded
from signedyard import TRY, packed, plain, tree, yard


# ---- files that change, and links ---------------------------------------------


@pytest.mark.parametrize("what", ["shop", "shop/deep", "shop/cart.py", "shop/STOCKADE.manifest",
                                  "shop/STOCKADE.manifest.minisig"])
def test_a_link_to_the_very_files_is_refused(plain, what):
    at = plain.lib / what
    at.rename(plain.folder / "away")
    at.symlink_to(plain.folder / "away")
    done = plain.run(TRY % ("shop.cart, shop.deep.low", "shop.deep.low"))
    assert done.out.startswith("refused "), done.out + done.err
    assert done.out.split()[2] in ("path", "malformed")


def test_the_bytes_that_were_verified_run_though_the_file_changes_meanwhile(plain):
    """The package's own body changes the files of its modules."""
    shop = plain.lib / "shop"
    (shop / "__init__.py").write_text(
        "import os\nhere = os.path.dirname(__file__)\n"
        "for name in ('cart.py', 'STOCKADE.manifest'):\n"
        "    with open(os.path.join(here, name), 'w') as file:\n"
        "        file.write(%r)\n" % plain.evil)
    plain.sign(shop, "--no-code")
    done = plain.run(TRY % ("shop.cart", "shop.cart"))
    assert done.out == "refused shop.cart hash-mismatch\nFalse\n", done.err
    assert not plain.mark.exists()


def test_a_hash_function_that_was_replaced_is_not_asked(tree):
    (tree.lib / "shop/cart.py").write_text(tree.evil)
    done = tree.run("""
        import hashlib, marshal, importlib.util, builtins, io, os, _imp
        def lie(*args, **kwargs):
            print("asked")
        class Lie:
            update = digest = hexdigest = lie
        hashlib.blake2b = hashlib.new = lambda *args, **kwargs: Lie()
        marshal.loads = importlib.util.decode_source = lie
        builtins.compile = io.open_code = lie
        _imp._fix_co_filename = lie
        try:
            import shop.cart
        except ImportError as error:
            print(error.reason)
    """)
    assert done.out == "hash-mismatch\n", done.err


@pytest.mark.parametrize("attack", [
    "import importlib.machinery as m; sys.meta_path.clear(); sys.meta_path.append(m.PathFinder)",
    "sys.path_hooks.clear(); sys.path_importer_cache.clear()",
    "import importlib.machinery as m; sys.meta_path.insert(0, m.PathFinder)",
    "import shop; type(shop.__loader__).get_data = lambda *a: b'evil'",
    "import shop; type(shop.__loader__).exec_module = lambda *a: None",
    "import shop; shop.__loader__.path = '/tmp'",
    "import shop; shop.__path__ = ['/tmp']; shop.__spec__.submodule_search_locations = []",
    "import pkgutil, shop; shop.__path__ = pkgutil.extend_path(shop.__path__, 'shop')",
    "import importlib; importlib.invalidate_caches(); sys.dont_write_bytecode = False",
    "class F:\n    @staticmethod\n    def find_spec(n, p=None, t=None):\n"
    "        import importlib.util as u\n"
    "        return u.spec_from_file_location(n, sys.path[0] + '/shop/cart.py')\n"
    "sys.meta_path.insert(0, F)",
])
def test_python_code_does_not_get_around_it(tree, attack):
    (tree.lib / "shop/cart.py").write_text(tree.evil)
    done = tree.run("""
        try:
            exec(%r)
        except (TypeError, AttributeError) as error:
            pass
        try:
            import shop.cart
        except ImportError as error:
            print("refused", getattr(error, "reason", "other"))
        print("shop.cart" in sys.modules)
    """ % attack)
    assert done.out == "refused hash-mismatch\nFalse\n", done.out + done.err
    assert not tree.mark.exists()


# ---- bytecode -----------------------------------------------------------------


def compiled(yard, text, path, mode):
    evil = yard.folder / "evil.py"
    evil.write_text(text)
    os.utime(str(evil), (1, 1))
    os.utime(str(path), (1, 1))
    py_compile.compile(str(evil), cfile=importlib.util.cache_from_source(str(path)),
                       dfile=str(path), invalidation_mode=mode)


@pytest.mark.parametrize("mode", ["TIMESTAMP", "UNCHECKED_HASH", "CHECKED_HASH"])
def test_a_cache_of_bytecode_is_not_read(plain, mode):
    cart = plain.lib / "shop/cart.py"
    compiled(plain, plain.evil, cart, getattr(py_compile.PycInvalidationMode, mode))
    if mode == "CHECKED_HASH":
        cached = importlib.util.cache_from_source(str(cart))
        with open(cached, "r+b") as file:
            file.seek(8)
            file.write(importlib.util.source_hash(cart.read_bytes()))
    assert plain.imports() == 1
    assert plain.imports(env=guarded.environment(
        PYTHONPYCACHEPREFIX=str(plain.folder / "cache"), PYTHONDONTWRITEBYTECODE="")) == 1
    assert not plain.mark.exists()


def test_bytecode_without_source_is_refused(plain):
    cart = plain.lib / "shop/cart.py"
    cart.write_text(plain.evil)
    py_compile.compile(str(cart), cfile=str(cart) + "c")
    cart.unlink()
    assert plain.reason() in ("unreadable", "sourceless")
    for name in ("STOCKADE.manifest", "STOCKADE.manifest.minisig"):
        (plain.lib / "shop" / name).unlink()
    plain.sign(plain.lib / "shop/__init__.py", root=plain.lib)
    assert plain.reason() == "sourceless"


def test_code_of_a_tree_that_was_changed_or_swapped_is_refused(tree):
    code, = (tree.lib / "shop/STOCKADE.code").rglob("cart.code")
    other, = (tree.lib / "shop/STOCKADE.code").rglob("pay.code")
    good = code.read_bytes()
    for changed in (good + b"N", good[:-1], b"", other.read_bytes(), b"N", b"\xff" * 100):
        code.write_bytes(changed)
        assert tree.reason() in ("hash-mismatch", "size-mismatch")


def test_code_for_another_optimisation_is_not_taken(tree):
    """-O compiles the source, which is signed, too."""
    assert tree.imports(env=guarded.environment(PYTHONOPTIMIZE="1")) == 1
    for code in (tree.lib / "shop/STOCKADE.code").rglob("*.code"):
        code.write_bytes(b"\xff")
    assert tree.reason("shop") == "hash-mismatch"


# ---- other ways in ------------------------------------------------------------


def suffix():
    return importlib.machinery.EXTENSION_SUFFIXES[0]


def test_an_extension_that_was_dropped_beside_signed_source_is_not_loaded(tree):
    for name in ("shop/cart" + suffix(), "shop/cart.so", "shop" + suffix()):
        (tree.lib / name).write_bytes(b"\x7fELF evil")
    assert tree.imports() == 1
    (tree.lib / ("shop/fast" + suffix())).write_bytes(b"\x7fELF evil")
    assert tree.reason("shop.fast") == "unlisted"


def test_an_extension_dropped_beside_a_signed_file_is_not_loaded(yard):
    for path in ("shop/__init__.py", "shop/cart.py"):
        yard.sign(yard.lib / path, root=yard.lib)
    (yard.lib / ("shop/cart" + suffix())).write_bytes(b"\x7fELF evil")
    assert yard.imports() == 1
    (yard.lib / ("shop/fast" + suffix())).write_bytes(b"\x7fELF evil")
    assert yard.reason("shop.fast") == "unsigned"


def test_a_part_of_a_namespace_elsewhere_is_not_taken(yard):
    ns = yard.lib / "shop/space"
    ns.mkdir()
    (ns / "one.py").write_text("release = 1\n")
    yard.sign(yard.lib / "shop")
    other = yard.folder / "other/shop/space"
    other.mkdir(parents=True)
    for name in ("one.py", "two.py"):
        (other / name).write_text(yard.evil)
    paths = [yard.lib, yard.folder / "other"]
    assert yard.imports("shop.space.one", paths=paths) == 1
    yard.missing("shop.space.two", paths=paths)
    done = yard.run("""
        import shop.space
        try:
            shop.space.__path__.append(%r)
        except AttributeError:
            pass
        try:
            import shop.space.two
        except ImportError as error:
            print("no")
    """ % str(other), paths=paths)
    assert done.out == "no\n", done.err
    assert not yard.mark.exists()


def test_a_folder_without_init_is_no_signed_package(yard):
    (yard.lib / "shop/__init__.py").unlink()
    (yard.lib / "shop/cart.py").write_text(yard.evil)
    done = yard.run(TRY % ("shop.cart", "shop.cart"))
    assert done.out.split()[0] in ("refused", "missing") and done.out.endswith("False\n"), done.out
    assert not yard.mark.exists()


def test_the_path_of_a_package_leads_nowhere_else(tree):
    other = tree.folder / "other"
    other.mkdir()
    (other / "evil.py").write_text(tree.evil)
    (other / "cart.py").write_text(tree.evil)
    done = tree.run("""
        import shop
        shop.__path__.insert(0, %r)
        shop.__spec__.submodule_search_locations = [%r]
        try:
            import shop.evil
        except ImportError:
            print("no")
        import shop.cart
        print(shop.cart.release)
    """ % (str(other), str(other)))
    assert done.out == "no\n1\n", done.err
    assert not tree.mark.exists()


def test_a_signed_module_run_with_dash_m_is_verified(tree):
    def start():
        log = tree.folder / "log"
        return subprocess.run(
            [os.path.join(guarded.BUILD, "stockade"), "run", "-p", str(tree.ini), "--audit",
             str(log), "-m", "shop.cart"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            universal_newlines=True, timeout=60,
            env=guarded.environment(PYTHONPATH=str(tree.lib)))
    assert start().returncode == 0
    (tree.lib / "shop/cart.py").write_text(tree.evil)
    done = start()
    assert done.returncode != 0
    assert "hash-mismatch" in done.stderr, done.stderr
    assert not tree.mark.exists()


@pytest.mark.parametrize("way", [
    "import runpy; runpy.run_module('shop.cart')",
    "import importlib; importlib.import_module('shop.cart')",
    "import importlib.util as u; u.find_spec('shop.cart').loader.get_code('shop.cart')",
    "import importlib.util as u; s = u.find_spec('shop.cart'); "
    "s.loader.exec_module(u.module_from_spec(s))",
    "import pkgutil; pkgutil.resolve_name('shop.cart:evil')" if sys.version_info >= (3, 9)
    else "__import__('shop.cart')",
    "import importlib._bootstrap as b; b._find_and_load('shop.cart', __import__)",
    "import importlib._bootstrap as b; b._gcd_import('shop.cart')",
    "import threading\nt = threading.Thread(target=__import__, args=('shop.cart',))\n"
    "threading.excepthook = lambda a: print('error', a.exc_value.reason)\nt.start(); t.join()\n"
    "raise ImportError" if sys.version_info >= (3, 8) else "",
    "import pickle; pickle.loads(b'cshop.cart\\nevil\\n.')",
    "from shop import cart", "import shop.deep; from shop import cart as x",
    "from importlib import reload; import types, shop; "
    "m = types.ModuleType('shop.cart'); sys.modules['shop.cart'] = m; reload(m)",
])
def test_every_way_to_import_is_refused(tree, way):
    (tree.lib / "shop/cart.py").write_text(tree.evil)
    done = tree.run("""
        try:
            exec(%r)
        except ImportError as error:
            print("refused", getattr(error, "reason", "told"))
    """ % way)
    assert done.code == 0, done.err
    assert done.out.split("\n")[-2] in ("refused hash-mismatch", "refused told"), done.out
    assert not tree.mark.exists()
    assert done.attempts("shop.cart", verdict="deny")[0]["reason"] == "hash-mismatch"


def test_children_verify_too(tree):
    (tree.lib / "shop/cart.py").write_text(tree.evil)
    done = tree.run("""
        import multiprocessing, os

        def child():
            try:
                import shop.cart
            except ImportError as error:
                os._exit(42 if error.reason == "hash-mismatch" else 1)
            os._exit(2)

        if __name__ == "__main__":
            for way in ("fork", "spawn"):
                process = multiprocessing.get_context(way).Process(target=child)
                process.start()
                process.join()
                print(process.exitcode)
    """)
    assert done.out == "42\n42\n", done.err
    assert not tree.mark.exists()


def test_threads_that_import_one_name_get_one_verdict(tree):
    (tree.lib / "shop/cart.py").write_text(tree.evil)
    done = tree.run("""
        import threading
        seen = []
        def go():
            for name in ("shop.cart", "shop.pay", "shop.deep.low"):
                try:
                    seen.append((name, __import__(name) and "ok"))
                except ImportError as error:
                    seen.append((name, error.reason))
        threads = [threading.Thread(target=go) for _ in range(12)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print(sorted(set(seen)), len(seen))
        print("shop.cart" in sys.modules)
    """)
    assert done.out == (
        "[('shop.cart', 'hash-mismatch'), ('shop.deep.low', 'ok'), ('shop.pay', 'ok')] 36\n"
        "False\n"), done.out + done.err


def test_a_reload_is_verified_and_leaves_the_old_module_on_failure(tree):
    done = tree.run("""
        import importlib, stockade
        import shop.cart
        with open(shop.cart.__file__, "w") as file:
            file.write(%r)
        try:
            importlib.reload(shop.cart)
        except stockade.SignatureError as error:
            print(error.reason)
        print(sys.modules["shop.cart"] is shop.cart, shop.cart.release)
    """ % tree.evil)
    assert done.out == "hash-mismatch\nTrue 1\n", done.err
    assert not tree.mark.exists()


def test_data_of_a_package_is_verified(tree):
    done = tree.run("""
        import os, pkgutil, shop, stockade
        def read(name):
            try:
                print(pkgutil.get_data("shop", name))
            except (OSError, ImportError) as error:
                print(type(error).__name__, getattr(error, "reason", ""))
        read("table.txt")
        folder = os.path.dirname(shop.__file__)
        with open(os.path.join(folder, "table.txt"), "w") as file:
            file.write("9")
        with open(os.path.join(folder, "more.txt"), "w") as file:
            file.write("evil")
        for name in ("table.txt", "more.txt", "../../a.key", "/etc/passwd", "deep/../table.txt"):
            read(name)
    """)
    lines = done.out.splitlines()
    assert lines[:3] == ["b'1\\n'", "SignatureError hash-mismatch", "FileNotFoundError "], done.err
    assert all("Error" in line for line in lines[1:])


def test_data_of_a_bundle_is_the_data_that_was_signed(packed):
    (packed.lib / "shop/table.txt").write_text("evil")
    done = packed.run("""
        import pkgutil, shop
        print(pkgutil.get_data("shop", "table.txt"))
        try:
            pkgutil.get_data("shop", "../../a.key")
        except OSError as error:
            print("no")
    """)
    assert done.out == "b'1\\n'\nno\n", done.err


def test_sitecustomize_is_under_the_policy(tree):
    site = tree.folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import shop.cart\n")
    (tree.lib / "shop/cart.py").write_text(tree.evil)
    done = tree.run("print('shop.cart' in sys.modules)", env=guarded.environment(
        PYTHONPATH=os.pathsep.join([str(site), str(tree.lib)])))
    assert not tree.mark.exists()
    assert "True" not in done.out


def test_code_names_the_file_that_it_is_of(tree):
    done = tree.run("""
        import shop.cart, shop.deep.low
        for m in (shop.cart, shop.deep.low):
            print(m.__loader__.get_code(m.__name__).co_filename == m.__file__)
    """)
    assert done.out == "True\nTrue\n", done.err
