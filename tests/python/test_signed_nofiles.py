# SPDX-License-Identifier: Apache-2.0
# covers: python/signed/pathhook.c
# covers: python/signed/distributions.c
# covers: python/signed/uncaught.c
# covers: python/load/bytecode.c
"""A bundle whose files are nowhere on the disk: what tools see of its modules."""

import shutil

import pytest

import clitool
import signing
from signing import Site

pytestmark = signing.needs_minisign

FILES = {
    "shop/__init__.py": "",
    "shop/cart.py": "def total():\n    # a comment\n    return 42\n\n\n"
                    "def fail():\n    raise ValueError('here')\n",
    "shop/sub/__init__.py": "",
    "shop/sub/deep.py": "x = 1\n",
    "shop/space/part.py": "x = 1\n",
    "shop/list.json": "[1]",
    "spaced/one.py": "x = 1\n",
    "Shop_it-2.4.1.dist-info/METADATA":
        "Metadata-Version: 2.1\nName: shop.it\nVersion: 2.4.1\nRequires-Dist: other\n\ntext\n",
    "Shop_it-2.4.1.dist-info/entry_points.txt": "[stockade.test]\nshop = shop.cart:total\n",
    "Shop_it-2.4.1.dist-info/RECORD": "shop/cart.py,,\n",
    "Shop_it-2.4.1.dist-info/top_level.txt": "shop\n",
    "old.egg-info/PKG-INFO": "Metadata-Version: 1.0\nName: old\nVersion: 7\n",
}
RULES = "[modules]\nshop = signed bundle:shop.stk\nspaced = signed bundle:shop.stk\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("nofiles"))
    for path, text in FILES.items():
        made.write(path, text)
    done = clitool.run("bundle", "--key", made.key.secret_file, "-o", made.folder / "shop.stk",
                       made.lib)
    assert (done.returncode, done.stderr) == (0, "")
    shutil.rmtree(str(made.lib))
    made.policy(RULES)
    return made


def told(site, code):
    done = site.run(code)
    assert (done.code, done.err) == (0, ""), done.err
    return done.out.splitlines()


def test_pkgutil_lists_its_modules(site):
    assert told(site, """
        import pkgutil, shop
        print(sorted((m.name, m.ispkg) for m in pkgutil.iter_modules(shop.__path__)))
        print(sorted(m.name for m in pkgutil.iter_modules(shop.__path__, "shop.")))
        print(sorted(m.name for m in pkgutil.walk_packages(shop.__path__, "shop.")))
        import shop.space.part
        print([m.name for m in pkgutil.iter_modules(shop.space.__path__)])
        import spaced.one
        print([m.name for m in pkgutil.iter_modules(spaced.__path__)])
    """) == [
        "[('cart', False), ('sub', True)]",
        "['shop.cart', 'shop.sub']",
        "['shop.cart', 'shop.sub', 'shop.sub.deep']",
        "['part']",
        "['one']",
    ]


def test_the_hook_is_for_nothing_else(site):
    assert told(site, """
        import importlib, pkgutil, shop, sys
        hook = sys.path_hooks[-1]
        for path in ("/nowhere", "", shop.__path__[0] + "/none", shop.__path__[0] + "/cart.py",
                     b"/x", 7, shop.__path__[0] + "\\0", shop.__path__[0] + "x"):
            try:
                print(hook(path))
            except ImportError:
                pass
        folder = hook(shop.__path__[0])
        print(folder.find_spec("cart"), folder.find_spec("shop.cart", None).loader.name)
        try:
            type(folder)()
        except TypeError:
            print("no new ones")
        importlib.invalidate_caches()
        print([m.name for m in pkgutil.iter_modules(shop.__path__)])
        sys.path.append(shop.__path__[0])
        try:
            import cart
        except ImportError as error:
            print(error)
    """) == ["None shop.cart", "no new ones", "['cart', 'sub']", "No module named 'cart'"]


def test_finders_of_ours_keep_it(site):
    site.policy(RULES, settings="finders = ours\n")
    try:
        assert told(site, """
            import pkgutil, shop, shop.cart
            print([m.name for m in pkgutil.iter_modules(shop.__path__)])
            import shop.sub.deep
            print([m.name for m in pkgutil.iter_modules(shop.__path__)])
        """) == ["['cart', 'sub']"] * 2
    finally:
        site.policy(RULES)


def test_importlib_metadata_finds_what_is_installed_in_it(site):
    assert told(site, """
        from importlib import metadata
        print(metadata.version("shop.it"), metadata.version("Shop-It"), metadata.version("old"))
        print(metadata.metadata("shop_it")["Name"], metadata.requires("shop_it"))
        found = metadata.distribution("shop-it")
        print([(e.name, e.value) for e in found.entry_points])
        print(list(map(str, metadata.files("shop.it"))))
        print(str(found.locate_file("shop/cart.py")).endswith("/shop/cart.py"))
        print(found.read_text("nothing"))
        print(metadata.files("shop.it")[0].read_text().count("def "))
        names = [d.metadata["Name"] for d in metadata.distributions()]
        print(names.count("shop.it"), names.count("old"))
        print(list(metadata.distributions(path=["/nowhere"])))
        try:
            metadata.version("shop")
        except metadata.PackageNotFoundError as error:
            print("none")
    """) == [
        "2.4.1 2.4.1 7", "shop.it ['other']", "[('shop', 'shop.cart:total')]",
        "['shop/cart.py']", "True", "None", "2", "1 1", "[]", "none",
    ]


def test_the_metadata_of_a_bundle_that_does_not_hold_is_not_found(tmp_path):
    site = Site(tmp_path)
    for path, text in FILES.items():
        site.write(path, text)
    clitool.run("bundle", "--key", site.key.secret_file, "-o", tmp_path / "shop.stk", site.lib)
    site.policy("[modules]\nshop = signed bundle:shop.stk\n")
    data = bytearray((tmp_path / "shop.stk").read_bytes())
    where = data.index(b"old.egg-info")
    data[where] ^= 1
    (tmp_path / "shop.stk").write_bytes(bytes(data))
    done = site.run("""
        import stockade
        from importlib import metadata
        try:
            print(metadata.version("shop_it"))
        except (stockade.SignatureError, metadata.PackageNotFoundError) as error:
            print(type(error).__name__)
    """)
    assert done.out in ("SignatureError\n", "PackageNotFoundError\n"), done.err


def test_inspect_has_the_source(site):
    assert told(site, """
        import inspect, linecache, shop.cart
        print(inspect.getsource(shop.cart.total).count("a comment"))
        print(inspect.getsourcefile(shop.cart) == shop.cart.__file__)
        linecache.clearcache()
        print(linecache.getline(shop.cart.__file__, 2, vars(shop.cart)).strip())
    """) == ["1", "True", "# a comment"]


UNCAUGHT = {
    "program": "import shop.cart\nshop.cart.fail()\n",
    "caught": "import shop.cart\ntry:\n    shop.cart.fail()\nexcept ValueError:\n    1 / 0\n",
    "thread": "import shop.cart, threading\nt = threading.Thread(target=shop.cart.fail, name='T')\n"
              "t.start()\nt.join()\n",
    "hook": "import shop.cart, sys\ntry:\n    shop.cart.fail()\nexcept ValueError:\n"
            "    sys.excepthook(*sys.exc_info())\n",
}


@pytest.mark.parametrize("how", sorted(UNCAUGHT))
def test_an_uncaught_traceback_has_source_lines(site, how):
    done = site.run(UNCAUGHT[how])
    assert "/shop/cart.py\", line 7, in fail\n    raise ValueError('here')\n" in done.err
    assert done.err.count("ValueError: here\n") == 1
    assert ("Exception in thread T:\n" in done.err) == (how == "thread")
    if how == "caught":
        assert done.err.endswith("ZeroDivisionError: division by zero\n")
        assert "During handling of the above exception" in done.err


def test_hooks_are_what_they_were_to_programs(site):
    assert told(site, """
        import sys, threading
        print(sys.excepthook is sys.__excepthook__, sys.excepthook.__name__)
        try:
            sys.excepthook(1)
        except TypeError as error:
            print("TypeError")
        print(threading.excepthook.__name__)
    """)[:2] == ["True excepthook", "TypeError"]


def test_an_exception_of_other_code_is_printed_by_cpython(site):
    done = site.run("""
        def f():
            raise KeyError('k')
        f()
    """)
    assert done.err.endswith("KeyError: 'k'\n")
    assert "raise KeyError('k')" in done.err


@pytest.mark.parametrize("value", ["None", "1", "ValueError('x')"])
def test_the_hook_takes_anything(site, value):
    done = site.run("import sys; sys.excepthook(ValueError, %s, None)" % value)
    assert "Fatal" not in done.err and done.code in (0, 1)


def test_names_of_new_code_are_not_left_to_the_collector(site):
    assert told(site, """
        import gc
        gc.disable()
        import shop.cart
        code = shop.cart.fail.__code__
        print(code.co_names, gc.is_tracked(code.co_names), gc.is_tracked(code.co_consts))
    """) == ["('ValueError',) False False"]
