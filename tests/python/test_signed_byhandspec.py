# SPDX-License-Identifier: Apache-2.0
# covers: python/signed/byhandspec.c
"""A file that a program has found itself and has importlib load: what was signed, or nothing."""

import pytest

import guarded
from signedyard import Yard
from test_signed_linked import add_libraries, add_module

LOAD = """
    import importlib.util, stockade
    def load(name, path, **more):
        spec = importlib.util.spec_from_file_location(name, path, **more)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module
    LIB = %r
    def tried(*words, **more):
        try:
            module = load(*words, **more)
            print("ran", type(module.__loader__).__name__, getattr(module, "release", "evil"))
        except stockade.SignatureError as error:
            print(error.name, error.reason)
"""


class ByHand(Yard):
    def load(self, code, *options, **more):
        return self.run(guarded.dedent(LOAD % str(self.lib)) + guarded.dedent(code), *options,
                        **more)


@pytest.fixture(params=["tree", "root", "files", "bundle"])
def shop(tmp_path, request):
    """shop, signed in each way that there is."""
    yard = ByHand(tmp_path)
    if request.param == "tree":
        yard.sign(yard.lib / "shop")
    elif request.param == "root":
        yard.sign(yard.lib)
    elif request.param == "files":
        for file in sorted((yard.lib / "shop").rglob("*.py")):
            yard.sign(file, root=yard.lib)
    else:
        yard.bundle(yard.lib / "shop", output="lib/shop.stk")
        yard.policy("shop = signed bundle:lib/shop.stk")
    yard.how = request.param
    return yard


@pytest.fixture
def tree(tmp_path):
    yard = ByHand(tmp_path)
    yard.sign(yard.lib / "shop")
    return yard


VERIFIED = "ran VerifiedLoader 1\n"


@pytest.mark.parametrize("first", ["", "import shop\n", "import shop.deep, shop.cart\n"])
@pytest.mark.parametrize("name, path", [("shop.cart", "shop/cart.py"),
                                        ("shop", "shop/__init__.py"),
                                        ("shop.deep", "shop/deep/__init__.py"),
                                        ("shop.deep.low", "shop/deep/low.py")])
def test_the_signed_file_of_that_name_is_loaded(shop, first, name, path):
    if shop.how == "bundle" and not first:
        shop.run("import shop")
    done = shop.load("%stried(%r, LIB + %r)" % (first, name, "/" + path))
    assert done.out == VERIFIED, done.err
    record = [record for record in done.attempts(name) if record["outcome"] == "found"][-1]
    assert record["key"] == "a" and record["requirement"] == "signed"
    assert record["origin"] == str(shop.lib / path)


def test_no_loader_is_none_that_was_given(tree):
    assert tree.load('tried("shop.cart", LIB + "/shop/cart.py", loader=None)').out == VERIFIED


def test_it_need_not_be_below_sys_path(shop):
    if shop.how == "bundle":
        pytest.skip("a bundle is looked into by its rule")
    done = shop.load("""
        sys.path.remove(LIB)
        tried("shop.cart", LIB + "/shop/cart.py")
        import os
        os.chdir(LIB)
        tried("shop.cart", "shop/cart.py")
        tried("shop.cart", "./shop//cart.py")
    """)
    assert done.out == 3 * VERIFIED, done.err


@pytest.mark.parametrize("change", ["write", "append", "truncate"])
def test_other_bytes_are_refused(shop, change):
    if shop.how == "bundle":
        pytest.skip("a bundle has bytes of its own")
    file = shop.lib / "shop/cart.py"
    file.write_text({"write": shop.evil, "append": file.read_text() + shop.evil,
                     "truncate": ""}[change])
    done = shop.load('tried("shop.cart", LIB + "/shop/cart.py")')
    assert done.out.startswith("shop.cart ") and not shop.mark.exists(), done.err
    assert done.attempts("shop.cart", verdict="deny", outcome="refused")


def test_what_is_swapped_after_the_spec_was_made_does_not_run(shop):
    done = shop.load("""
        spec = importlib.util.spec_from_file_location("shop.cart", LIB + "/shop/cart.py")
        with open(LIB + "/shop/cart.py", "w") as file:
            file.write("release = 'evil'")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        print(module.release)
    """)
    assert done.out == "1\n", done.err


ODD = """
    import importlib.machinery, os, shutil
    os.chdir(os.path.dirname(LIB))
    evil = os.path.abspath("evil.py")
    os.makedirs("link/shop")
    os.symlink(LIB + "/shop/cart.py", "link/shop/cart.py")
    os.symlink(evil, "link/shop/pay.py")
    class Own(importlib.machinery.SourceFileLoader):
        pass
    class Text(str):
        def __eq__(self, other): return True
        def __hash__(self): return str.__hash__("shop.cart")
        def __str__(self): return "shop.cart"
    class Path:
        asked = 0
        def __fspath__(self):
            Path.asked += 1
            return LIB + "/shop/cart.py" if Path.asked == 1 else evil
"""


@pytest.mark.parametrize("words", [
    "'shop.cart', evil",
    "'shop.cart', LIB + '/shop/pay.py'",
    "'shop.cart', os.path.abspath('link/shop/cart.py')",
    "'shop.pay', os.path.abspath('link/shop/pay.py')",
    "'shop.other', LIB + '/shop/cart.py'",
    "'shop.__init__', LIB + '/shop/__init__.py'",
    "'shop', LIB + '/shop/cart.py'",
    "'shop.cart\\0x', LIB + '/shop/cart.py'",
    "'shop.cart', LIB + '/shop/cart.py', loader=Own('shop.cart', LIB + '/shop/cart.py')",
    "'shop.cart', LIB + '/shop/cart.py', "
    "loader=importlib.machinery.SourceFileLoader('shop.cart', LIB + '/shop/cart.py')",
    "Text('shop.pay'), evil",
])
def test_what_is_not_that_file_is_refused_as_ever(tree, words):
    (tree.folder / "evil.py").write_text(tree.evil)
    done = tree.load(guarded.dedent(ODD) + "tried(%s)" % words)
    told, reason = done.out.split()[:2]
    assert told.startswith("shop") and reason in ("unverified", "unlisted", "path"), done.err
    assert not tree.mark.exists()


def test_a_path_that_changes_runs_what_was_signed_or_nothing(tree):
    (tree.folder / "evil.py").write_text(tree.evil)
    done = tree.load(guarded.dedent(ODD) + "tried('shop.cart', Path())")
    assert done.out in (VERIFIED, "shop.cart unverified\n"), done.err
    assert not tree.mark.exists()


def test_a_package_that_was_signed_so_is_where_its_modules_are_found(tree):
    """It was executed, and is in sys.modules: what is below it is of the same tree."""
    other = tree.folder / "other"
    tree.grow(other, 2)
    tree.sign(other / "shop")
    done = tree.load("""
        OTHER = %r
        shop = load("shop", OTHER + "/shop/__init__.py")
        import shop.cart
        print(shop.release, shop.cart.release, shop.cart.__file__.startswith(OTHER))
    """ % str(other))
    assert done.out == "2 2 True\n", done.err


def test_a_file_that_is_looked_at_moves_no_package(tree):
    """Of another release: what is below shop is that of the one that is loaded."""
    other = tree.folder / "other"
    tree.grow(other, 2)
    tree.sign(other / "shop")
    done = tree.load("""
        import shop
        importlib.util.spec_from_file_location("shop", %r)
        import shop.cart
        print(shop.release, shop.cart.release)
    """ % str(other / "shop/__init__.py"))
    assert done.out == "1 1\n", done.err


def test_an_extension_that_a_program_has_found_is_loaded(tmp_path):
    yard = ByHand(tmp_path)
    libs = yard.lib / "shop.libs"
    add_libraries(libs)
    add_module(yard.lib, "fast", libs / "libouter.so", "$ORIGIN/../shop.libs",
               "-Wl,--disable-new-dtags")
    yard.sign(yard.lib)
    code = """
        try:
            print(load("shop.fast", LIB + "/shop/fast.abi3.so").call())
        except stockade.SignatureError as error:
            print(error.name, error.reason)
    """
    done = yard.load(code)
    assert done.out == "42\n", done.err
    with open(str(yard.lib / "shop/fast.abi3.so"), "ab") as file:
        file.write(b"\0")
    done = yard.load(code)
    assert done.out == "shop.fast unverified\n", done.err


def test_plugins_as_ansible_loads_them(tmp_path):
    """Twice, and with its own name for what was loaded."""
    yard = ByHand(tmp_path)
    yard.sign(yard.lib)
    done = yard.load("""
        import warnings
        from importlib.util import spec_from_file_location, module_from_spec
        def load_source(name, path):
            if name in sys.modules:
                return sys.modules[name]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)
                spec = spec_from_file_location(name, path)
                module = module_from_spec(spec)
                sys.modules[name] = module
                spec.loader.exec_module(module)
            return module
        for _ in range(2):
            print(load_source("shop.cart", LIB + "/shop/cart.py").release)
        import inspect, pickle
        module = sys.modules["shop.cart"]
        print(inspect.getsource(module) == "release = 1\\n", module.__file__ == LIB + "/shop/cart.py")
        print(module.__spec__.origin == module.__file__, module.__spec__.has_location)
    """)
    assert done.out == "1\n1\nTrue True\nTrue True\n", done.err


def test_what_need_not_be_signed_is_as_ever(tree):
    (tree.folder / "plain.py").write_text("release = 3\n")
    done = tree.load("""
        module = load("plain", %r)
        print(type(module.__loader__).__name__, module.release)
        print(importlib.util.spec_from_file_location("x", "/nowhere/x.unknown"))
        print(ascii(importlib.util.spec_from_file_location("\\udc80", "/nowhere/x.py").name))
        try:
            importlib.util.spec_from_file_location()
        except TypeError:
            print("no words")
        spec = importlib.util.spec_from_file_location("shop.cart", LIB + "/shop/cart.py",
            submodule_search_locations=["/x"])
        print(spec.submodule_search_locations, type(spec.loader).__name__)
    """ % str(tree.folder / "plain.py"))
    assert done.out == ("SourceFileLoader 3\nNone\n'\\udc80'\nno words\n['/x'] VerifiedLoader\n"), done.err


def test_the_function_is_as_ever(tree):
    done = tree.load("""
        import copy, inspect, pickle
        function = importlib.util.spec_from_file_location
        print(function.__name__, list(inspect.signature(function).parameters))
        print(pickle.loads(pickle.dumps(function)) is function, copy.deepcopy(function) is function)
        print(inspect.getdoc(function) == inspect.getdoc(
            importlib._bootstrap_external.spec_from_file_location))
    """)
    assert done.out == (
        "spec_from_file_location ['name', 'location', 'loader', 'submodule_search_locations']\n"
        "True True\nTrue\n"), done.err


@pytest.mark.workers
def test_what_must_run_in_a_worker_does_not_run_here(tree):
    tree.policy("shop = signed sandbox:strict")
    done = tree.load("""
        try:
            load("shop.cart", LIB + "/shop/cart.py")
            print("ran")
        except ImportError as error:
            print("worker" in str(error))
    """)
    assert done.out == "True\n", done.err


def test_observing_changes_no_bytes(tree):
    (tree.lib / "shop/cart.py").write_text("release = 'other'\n")
    done = tree.load('tried("shop.cart", LIB + "/shop/cart.py")', "--observe")
    assert done.out == "ran SourceFileLoader other\n", done.err
    assert done.attempts("shop.cart", outcome="would-refuse")
