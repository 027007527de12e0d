# SPDX-License-Identifier: Apache-2.0
# covers: python/load/byhand.c
"""CPython's own loaders, driven by hand: for what must be signed they run nothing."""

import os
import shutil

import pytest

import guarded
import signing

pytestmark = signing.needs_minisign


@pytest.fixture
def shop(tmp_path):
    site = signing.Site(tmp_path)
    site.write("shop/__init__.py", "name = 'shop'\n", "shop", "package")
    site.write("shop/cart.py", "def total():\n    return sum([1, 2])\n" + "#" * 60 + "\n",
               "shop.cart")
    return site


DRIVE = """
    import importlib.machinery as machinery, importlib.util, stockade, warnings
    warnings.simplefilter("ignore")
    import zipimport
    FILE, PYC = %r, %r
    def spec_of(loader):
        spec = importlib.util.spec_from_loader("shop.cart", loader)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    try:
        module = %s
        print("ran", getattr(module, "evil", None))
    except stockade.SignatureError as error:
        print(error.name, error.reason)
    print("shop.cart" in sys.modules)
"""

SOURCE = [
    "spec_of(machinery.SourceFileLoader('shop.cart', FILE))",
    "machinery.SourceFileLoader('shop.cart', FILE).load_module()",
    "spec_of(importlib.util.spec_from_file_location('shop.cart', FILE,"
    " loader=machinery.SourceFileLoader('shop.cart', FILE)).loader)",
    "spec_of(importlib.util.LazyLoader(machinery.SourceFileLoader('shop.cart', FILE))).total",
    "spec_of(machinery.PathFinder.find_spec('shop.cart', [FILE.rpartition('/')[0]]).loader)",
    "spec_of(__import__('pkgutil').get_importer(FILE.rpartition('/')[0])"
    ".find_spec('shop.cart').loader)",
]


def drive(site, expression, *options, evil="/nowhere"):
    return site.run(DRIVE % (str(site.lib / "shop/cart.py"), str(evil), expression), *options)


@pytest.mark.parametrize("expression", SOURCE)
def test_a_source_loader_is_refused_by_the_name_it_is_given(shop, expression):
    done = drive(shop, expression)
    assert done.code == 0, done.err
    assert done.out == "shop.cart unverified\nFalse\n"
    record = done.attempts("shop.cart", verdict="deny", outcome="refused")[0]
    assert record["reason"] == "unverified" and "import it by its name" in record["error"]
    assert "or let importlib.util.spec_from_file_location() choose the loader" in record["error"]


MODES = ["TIMESTAMP", "CHECKED_HASH", "UNCHECKED_HASH"]


@pytest.mark.parametrize("expression", SOURCE)
@pytest.mark.parametrize("mode", MODES)
def test_a_source_loader_finds_no_poisoned_cache(shop, expression, mode):
    shop.poison("shop/cart.py", "evil = 1\n", mode)
    done = drive(shop, expression)
    assert done.out == "shop.cart unverified\nFalse\n", done.err
    assert [record["reason"] for record in done.attempts("shop.cart", outcome="refused")] == [
        "unverified"]


KEPT = """
    import importlib.util
    sys.dont_write_bytecode = False
    spec = importlib.util.spec_from_file_location("mine", %r)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    print(module.total(), hasattr(module, "evil"))
    with open(importlib.util.cache_from_source(%r), "rb") as file:
        print(b"evil" in file.read())
"""


@pytest.mark.parametrize("mode", MODES)
def test_another_name_goes_on_with_the_source_where_code_was_kept(shop, mode):
    """Its own of the last run, or what somebody left there."""
    code = KEPT % (2 * (str(shop.lib / "shop/cart.py"),))
    for _ in range(2):
        assert shop.run(code).out == "3 False\nFalse\n"
    shop.poison("shop/cart.py", "evil = 1\n", mode)
    done = shop.run(code)
    assert done.out == "3 False\nFalse\n", done.err
    assert not done.attempts("shop.cart", outcome="refused")
    assert done.attempts("shop.cart", outcome="found")[0]["key"]


def test_a_loader_without_a_source_gets_no_kept_code(shop):
    shop.poison("shop/cart.py", "evil = 1\n")
    done = shop.run("""
        import importlib.machinery, importlib.util, stockade, types
        path = importlib.util.cache_from_source(%r)
        class Own(importlib.machinery.SourceFileLoader):
            def get_code(self, name):
                bytecode_path = path
                return self.get_data(bytecode_path)
        for call in (lambda: importlib.machinery.SourcelessFileLoader("mine", path)
                         .exec_module(types.ModuleType("mine")),
                     lambda: Own("mine", path).get_code("mine"),
                     lambda: importlib.machinery.SourceFileLoader("mine", path).get_data(path)):
            try:
                call()
                print("ran")
            except stockade.SignatureError as error:
                print(error.name, error.reason)
    """ % str(shop.lib / "shop/cart.py"))
    assert done.out == 3 * "shop.cart bytecode\n", done.err


@pytest.mark.parametrize("expression", [
    "spec_of(machinery.SourcelessFileLoader('shop.cart', PYC))",
    "machinery.SourcelessFileLoader('shop.cart', PYC).load_module()",
    "spec_of(importlib.util.spec_from_file_location('shop.cart', PYC).loader)",
])
@pytest.mark.parametrize("place, reason", [("shop/cart.pyc", "sourceless"),
                                           ("../cart.pyc", "unverified")])
def test_sourceless_bytecode_is_refused_by_name(shop, expression, place, reason):
    evil = shop.bytecode(place, "evil = 1\n")
    done = drive(shop, expression, evil=evil)
    assert done.out == "shop.cart %s\nFalse\n" % reason, done.err


@pytest.mark.parametrize("name", [
    "type('S', (str,), {})('shop.cart')",
    "type('S', (str,), {'__eq__': lambda *a: False, '__str__': lambda s: 'x'})('shop.cart')",
    "'shop.' + 'a' * 5000",
    "'shop.' + 'a.' * 100 + 'a'",
    "'shop.a b\\n'",
    "'shop.\\udc80'",
    "'shop..cart'",
    "'shop.'",
])
def test_a_name_that_no_import_asks_for_is_held_to_what_it_is_below(shop, name):
    """A str of a class of its own, or one that no rule can say."""
    done = shop.run("""
        import importlib.machinery, stockade, types
        module = types.ModuleType("x")
        module.__name__ = %s
        loader = importlib.machinery.SourceFileLoader(module.__name__, %r)
        try:
            loader.exec_module(module)
            print("ran")
        except stockade.SignatureError as error:
            print(error.reason)
        """ % (name, str(shop.write("../evil.py", "evil = 1\n"))))
    assert done.out == "unverified\n", done.err


@pytest.mark.parametrize("path", [
    "type('S', (str,), {})(PYC)", "os.fsencode(PYC)", "PYC", "link(PYC)",
    "os.open(PYC, os.O_RDONLY)", "type('N', (int,), {})(os.open(PYC, os.O_RDONLY))",
    "'/proc/self/fd/%d' % os.open(PYC, os.O_RDONLY)", "os.open(link(PYC), os.O_RDONLY)",
])
def test_sourceless_bytecode_is_refused_however_its_path_is_given(shop, path):
    done = shop.run("""
        import importlib.machinery, os, stockade, types
        PYC = %r
        def link(path):
            os.symlink(path, "cart.txt")
            return os.path.abspath("cart.txt")
        loader = importlib.machinery.SourcelessFileLoader("mine", %s)
        try:
            loader.exec_module(types.ModuleType("mine"))
            print("ran")
        except stockade.SignatureError as error:
            print(error.name, error.reason)
        """ % (str(shop.bytecode("shop/cart.pyc", "evil = 1\n")), path))
    assert done.out == "shop.cart sourceless\n", done.out + done.err


def test_a_thread_that_waits_for_its_file_opens_none_for_another(shop, tmp_path):
    """The event of one's own opening is not judged again; that of another thread's is."""
    os.mkfifo(str(tmp_path / "slow"))
    done = shop.run("""
        import importlib.machinery, io, os, stockade, threading, time, types
        waiting = threading.Thread(target=lambda: io.open_code(%r).close())
        waiting.start()
        time.sleep(0.5)
        loader = importlib.machinery.SourcelessFileLoader("mine", %r)
        try:
            loader.exec_module(types.ModuleType("mine"))
            print("ran")
        except stockade.SignatureError as error:
            print(error.name, error.reason)
        os.close(os.open(%r, os.O_WRONLY))
        waiting.join()
        """ % (str(tmp_path / "slow"), str(shop.bytecode("shop/cart.pyc", "evil = 1\n")),
               str(tmp_path / "slow")))
    assert done.out == "shop.cart sourceless\n", done.out + done.err


FLAKY = """
    import importlib.machinery, os, pathlib, stockade, types
    PYC = %r
    class Named:
        asked = 0
        def __fspath__(self):
            Named.asked += 1
            return PYC
    class Numbered:
        def __index__(self):
            return os.open(PYC, os.O_RDONLY)
        __int__ = __index__
    loader = importlib.machinery.SourcelessFileLoader("mine", %s)
    try:
        module = types.ModuleType("mine")
        loader.exec_module(module)
        print("ran", module.evil)
    except stockade.SignatureError as error:
        print(error.name, error.reason)
"""


@pytest.mark.parametrize("path", ["pathlib.Path(PYC)", "Named()", "Numbered()", "os.DirEntry"])
@pytest.mark.parametrize("place", ["shop/cart.pyc", "../cart.pyc"])
def test_what_may_name_another_file_each_time_is_opened_by_no_loader(shop, path, place):
    evil = str(shop.bytecode(place, "evil = 1\n"))
    if path == "os.DirEntry":
        path = "[e for e in os.scandir(os.path.dirname(PYC)) if e.path == PYC][0]"
    done = shop.run(FLAKY % (evil, path))
    if path == "Numbered()" and not done.err.startswith("Traceback"):
        assert done.out == "mine unverified\n", done.out + done.err
    elif path != "Numbered()":
        assert done.out == "mine unverified\n", done.out + done.err
        record = done.attempts("mine", verdict="deny", outcome="refused")[0]
        assert record["reason"] == "unverified" and "os.fspath()" in record["error"]
    assert "ran" not in done.out


def test_where_the_guard_observes_such_a_path_is_told_and_opened(shop):
    evil = str(shop.bytecode("../cart.pyc", "evil = 1\n"))
    done = shop.run(FLAKY % (evil, "pathlib.Path(PYC)"), "--observe")
    assert done.out == "ran 1\n", done.out + done.err
    assert done.attempts("mine", verdict="deny", outcome="would-refuse")


def test_a_descriptor_of_what_lies_elsewhere_is_read(shop):
    done = shop.run(FLAKY % (str(shop.bytecode("../cart.pyc", "evil = 1\n")), "os.open(PYC, os.O_RDONLY)"))
    assert done.out == "ran 1\n", done.out + done.err


def test_a_source_loader_may_be_given_a_pathlib_path(shop):
    """It opens what str() of it is; importlib writes its cache by a descriptor."""
    done = shop.run("""
        import importlib.machinery, importlib.util, os, pathlib, sys, types
        path = pathlib.Path(%r)
        sys.dont_write_bytecode = False
        for loader in (importlib.machinery.SourceFileLoader("one", path),
                       importlib.util.spec_from_file_location("two", path).loader):
            module = types.ModuleType(loader.name)
            loader.exec_module(module)
            print(loader.name, module.good, os.path.exists(importlib.util.cache_from_source(str(path))))
        pyc = importlib.util.cache_from_source(str(path))
        spec = importlib.util.spec_from_file_location("three", pathlib.Path(pyc),
            loader=importlib.machinery.SourcelessFileLoader("three", pyc))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        print(module.good)
    """ % str(shop.write("../good.py", "good = 1\n")))
    assert done.out == "one 1 True\ntwo 1 True\n1\n", done.out + done.err


def test_an_archive_loader_is_refused(shop):
    import zipfile
    file = shop.folder / "evil.zip"
    with zipfile.ZipFile(str(file), "w") as zip:
        zip.writestr("shop.py", "print('evil')\n")
    done = shop.run("""
        import zipimport, stockade, warnings
        warnings.simplefilter("ignore")
        try:
            zipimport.zipimporter(%r).load_module("shop")
        except stockade.SignatureError as error:
            print(error.name, error.reason)
        sys.path.insert(0, %r)
        import shop
        print(shop.name, "shop" in sys.modules)
    """ % (str(file), str(file)))
    assert done.out == "shop unverified\nshop True\n", done.err


def test_another_name_for_a_signed_file_runs_what_was_signed(shop):
    code = """
        import importlib.util, stockade
        spec = importlib.util.spec_from_file_location("mine", %r)
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
            print(module.total())
        except stockade.SignatureError as error:
            print(error.name, error.reason)
    """ % str(shop.lib / "shop/cart.py")
    assert shop.run(code).out == "3\n"
    (shop.lib / "shop/cart.py").write_text("def total(): return 'evil'\n")
    assert shop.run(code).out == "shop.cart bad-signature\n"


def test_the_verified_loader_may_be_driven_by_hand(shop):
    done = shop.run("""
        import importlib.util
        spec = importlib.util.find_spec("shop")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        print(module.name)
        spec = importlib.util.find_spec("shop")
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        print(module.name)
        import runpy
        print(runpy.run_module("shop.cart")["total"]())
    """)
    assert done.out == "shop\nshop\n3\n", done.err


def test_the_verified_loader_is_for_its_own_module_alone(shop):
    """As CPython's: what was signed as one module does not run as another."""
    shop.write("shop/pay.py", "evil = 1\n", "shop.pay")
    done = shop.run("""
        import importlib.util, types
        spec = importlib.util.find_spec("shop.cart")
        class Text(str):
            def __eq__(self, other): return True
            __hash__ = str.__hash__
        nameless = types.ModuleType("x")
        del nameless.__name__
        spec.name = "shop.pay"
        for module in (types.ModuleType("shop.pay"), types.ModuleType(Text("shop.pay")),
                       importlib.util.module_from_spec(spec), nameless):
            try:
                spec.loader.exec_module(module)
                print("ran")
            except ImportError as error:
                print(error)
    """)
    assert done.out == (3 * "loader for shop.cart cannot handle 'shop.pay'\n"
                        + "the module for shop.cart has no __name__\n"), done.err


def test_a_replaced_finder_runs_nothing_in_a_signed_name(shop):
    """Whatever sys.meta_path, sys.path_hooks and the loaders' methods have become."""
    evil = shop.write("../evil.py", "evil = 1\n")
    done = shop.run("""
        import importlib.machinery as machinery, stockade
        class Finder:
            @staticmethod
            def find_spec(name, path=None, target=None):
                return machinery.ModuleSpec(name, machinery.SourceFileLoader(name, %r))
        sys.meta_path.clear()
        sys.meta_path.insert(0, Finder)
        sys.path_hooks.insert(0, lambda path: Finder)
        sys.path_importer_cache.clear()
        machinery.SourceFileLoader.get_data = lambda self, path: b"evil = 1"
        import shop.cart
        print(hasattr(shop, "evil"), type(shop.cart.__loader__).__name__, shop.cart.total())
        try:
            type(shop.__loader__).get_data = lambda *args: b"evil = 1"
        except TypeError:
            print("immutable")
        try:
            shop.__loader__.get_data = lambda *args: b"evil = 1"
        except AttributeError:
            print("no attributes")
    """ % str(evil))
    assert done.out == "False VerifiedLoader 3\nimmutable\nno attributes\n", done.err


def test_observe_records_and_runs(shop):
    done = drive(shop, SOURCE[0], "--observe")
    assert done.out == "ran None\nFalse\n", done.err
    assert done.attempts("shop.cart", outcome="would-refuse")[0]["reason"] == "unverified"


# ---- extensions -------------------------------------------------------------


@pytest.fixture
def queue(tmp_path):
    site = signing.Site(tmp_path)
    site.policy("[modules]\nqueue_ = signed\n_queue = signed\n", settings="shadowing = allow\n")
    folder, suffix = site.python(
        "-c", "import sysconfig; print(sysconfig.get_config_var('DESTSHARED'));"
              "print(sysconfig.get_config_var('EXT_SUFFIX'))").split()
    real = os.path.join(folder, "_queue" + suffix)
    if not os.path.exists(real):
        pytest.skip("_queue is built in")
    site.real = real
    site.suffix = suffix
    return site


LOAD = """
    import importlib.machinery, importlib.util, stockade
    loader = importlib.machinery.ExtensionFileLoader("_queue", %r)
    spec = importlib.util.spec_from_file_location("_queue", loader.path, loader=loader)
    try:
        module = importlib.util.module_from_spec(spec)
        print("made")
    except stockade.SignatureError as error:
        print(error.name, error.reason)
"""


@pytest.mark.parametrize("is_signed", [False, True])
def test_an_extension_loader_is_refused(queue, is_signed):
    file = queue.write("_queue" + queue.suffix, open(queue.real, "rb").read(),
                       "_queue" if is_signed else None, "extension")
    done = queue.run(LOAD % str(file))
    assert done.out == "_queue unverified\n", done.err
    assert done.attempts("_queue", outcome="refused")[0]["reason"] == "unverified"


def test_an_extension_under_another_name_is_refused_by_its_file(queue):
    file = queue.write("_queue" + queue.suffix, open(queue.real, "rb").read())
    done = queue.run((LOAD % str(file)).replace('"_queue"', '"x._queue"'))
    assert done.out == "_queue unverified\n", done.err


def test_an_extension_dropped_beside_signed_source_is_no_candidate(queue):
    queue.policy("[modules]\nshop = signed\n")
    queue.write("shop.py", "x = 'source'\n", "shop")
    shutil.copy(queue.real, str(queue.lib / ("shop" + queue.suffix)))
    assert queue.run("import shop; print(shop.x)").out == "source\n"
    os.unlink(str(queue.lib / "shop.py"))
    words, _, _ = signing.refusal(queue, "shop")
    assert words[:2] == ["shop", "unsigned"]


def test_an_extension_is_what_it_was_signed_as(queue):
    file = queue.write("_queue" + queue.suffix, open(queue.real, "rb").read(), "other",
                       "extension")
    words, _, _ = signing.refusal(queue, "_queue")
    assert words[1] == "name-mismatch"
    queue.key.sign_module(file, "_queue", "module")
    words, _, _ = signing.refusal(queue, "_queue")
    assert words[1] == "kind-mismatch"


def test_what_a_signed_extension_makes_is_judged_by_itself(queue):
    """The leave that the verified loader has is for its own module alone."""
    queue.write("_queue" + queue.suffix, open(queue.real, "rb").read(), "_queue", "extension")
    done = queue.run("import _queue\n" + guarded.dedent(LOAD % str(
        queue.lib / ("_queue" + queue.suffix))))
    assert done.out == "_queue unverified\n", done.err


def test_a_verified_extension_is_made_under_its_own_name_alone(queue):
    queue.write("_queue" + queue.suffix, open(queue.real, "rb").read(), "_queue", "extension")
    done = queue.run("""
        import importlib.util
        for name in "queue_._queue", type("S", (str,), {"__eq__": lambda *a: True})("x._queue"), 5:
            spec = importlib.util.find_spec("_queue")
            spec.name = name
            try:
                importlib.util.module_from_spec(spec)
                print("made")
            except ImportError as error:
                print(error)
    """)
    assert done.out == ("loader for _queue cannot handle 'queue_._queue'\n"
                        "loader for _queue cannot handle 'x._queue'\n"
                        "loader for _queue cannot handle 5\n"), done.err
