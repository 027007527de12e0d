# SPDX-License-Identifier: Apache-2.0
# covers: python/attempt/missing.c
"""Attacks on a process that imports what is signed: files that change under it, threads,
other interpreters, children, and code that puts its own functions in the way."""

import pytest

import guarded
import signing

pytestmark = signing.needs_minisign

EVIL = "print('evil')\ndef total():\n    return 'evil'\n"


@pytest.fixture
def shop(tmp_path):
    site = signing.Site(tmp_path)
    site.write("shop/__init__.py", "name = 'shop'\n", "shop", "package")
    site.write("shop/cart.py", "def total():\n    return sum([1, 2])\n", "shop.cart")
    site.cart = site.lib / "shop/cart.py"
    site.version = tuple(map(int, site.python(
        "-c", "import sys; print(*sys.version_info[:2])").split()))
    return site


def out_of(site, code, *options):
    done = site.run(code, *options)
    assert done.code == 0, done.err
    assert "evil" not in done.out
    return done.out.splitlines(), done


# ---- files that change ------------------------------------------------------


def test_what_was_verified_is_what_runs(shop):
    """Between finding a module and executing it, its file is swapped, and is gone."""
    lines, _ = out_of(shop, """
        import importlib.util, os
        FILE, EVIL = %r, %r
        def swap(): open(FILE, "w").write(EVIL)
        def remove(): os.unlink(FILE)
        def link(): os.symlink("/dev/zero", FILE)
        import shop
        spec = importlib.util.find_spec("shop.cart")
        for change in (swap, remove, link):
            change()
            if change is swap:
                module = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
                print(module.total())
        try:
            spec.loader.exec_module(module)  # what was verified is used up
        except ImportError as error:
            print(type(error).__name__)
    """ % (str(shop.cart), EVIL))
    assert lines == ["3", "SignatureError"]


def test_a_reload_is_verified_again_and_the_old_module_stays(shop):
    lines, done = out_of(shop, """
        import importlib, shop.cart, stockade
        old = shop.cart.total
        assert importlib.reload(shop.cart).total() == 3
        good = open(shop.cart.__file__).read()
        open(shop.cart.__file__, "w").write(%r)
        try:
            importlib.reload(shop.cart)
        except stockade.SignatureError as error:
            print(error.name, error.reason)
        print(sys.modules["shop.cart"] is shop.cart, shop.cart.total())
        open(shop.cart.__file__, "w").write(good)
        print(importlib.reload(shop.cart).total())
    """ % EVIL)
    assert lines == ["shop.cart bad-signature", "True 3", "3"]
    assert len(done.attempts("shop.cart", outcome="refused")) == 1


def test_a_file_that_is_swapped_all_the_time(shop):
    (shop.folder / "evil").write_text(EVIL)
    lines, _ = out_of(shop, """
        import os, shutil, threading
        FILE, EVIL = %r, %r
        shutil.copy(FILE, FILE + ".good"); shutil.copy(EVIL, FILE + ".evil")
        stop = threading.Event()
        def swap():
            while not stop.is_set():
                for which in (".evil", ".good"):
                    shutil.copy(FILE + which, FILE + ".next")
                    os.rename(FILE + ".next", FILE)
        import shop
        thread = threading.Thread(target=swap)
        thread.start()
        seen = set()
        for i in range(400):
            try:
                import shop.cart
                seen.add(shop.cart.total())
            except ImportError as error:
                seen.add(error.reason)
            sys.modules.pop("shop.cart", None)
        stop.set(); thread.join()
        print(sorted(map(str, seen - {"bad-signature"})))
    """ % (str(shop.cart), str(shop.folder / "evil")))
    assert lines in (["['3']"], ["[]"])


# ---- threads, interpreters, children ----------------------------------------


@pytest.mark.parametrize("good", [True, False])
def test_threads_that_import_one_module(shop, good):
    shop.write("shop/slow.py", "import time\ntime.sleep(0.2)\nprint('once')\n", "shop.slow")
    if not good:
        (shop.lib / "shop/slow.py").write_text(EVIL)
    lines, _ = out_of(shop, """
        import shop, threading
        said = []
        barrier = threading.Barrier(8)
        def work():
            barrier.wait()
            try:
                import shop.slow
                said.append("ran")
            except ImportError as error:
                said.append(error.reason)
        threads = [threading.Thread(target=work) for i in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(set(said), len(said), "shop.slow" in sys.modules)
    """)
    assert lines == (["once", "{'ran'} 8 True"] if good else ["{'bad-signature'} 8 False"])


def test_another_interpreter_verifies_too(shop):
    shop.write("shop/pay.py", "x = 1\n", "shop.pay")
    (shop.lib / "shop/pay.py").write_text(EVIL)
    lines, done = out_of(shop, """
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        code = '''
        import sys, io
        sys.path.insert(0, LIB)
        import shop.cart
        assert shop.cart.total() == 3 and type(shop.cart.__loader__).__name__ == "VerifiedLoader"
        try:
            import shop.pay
        except ImportError as error:
            assert error.reason == "bad-signature"
        else:
            assert 0
        try:
            io.open_code(LIB + "/shop/pay.py")
        except ImportError as error:
            assert error.reason == "bad-signature"
        else:
            assert 0
        '''.replace("\\n        ", "\\n").replace("LIB", repr(%r))
        failed = interpreters.run_string(interpreters.create(), code)
        print(failed)
    """ % str(shop.lib))
    assert lines == ["None"]
    assert len(done.attempts("shop.pay", outcome="refused")) == 2


def test_a_child_verifies_too(shop):
    (shop.lib / "shop/pay.py").write_text(EVIL)
    lines, done = out_of(shop, """
        import os, shop
        child = os.fork()
        if child == 0:
            status = 1
            try:
                import shop.cart
                status = 2
                import shop.pay
            except ImportError as error:
                status = 7 if error.reason == "unsigned" else 3
            os._exit(status)
        print(os.WEXITSTATUS(os.waitpid(child, 0)[1]))
    """)
    assert lines == ["7"]
    record = done.attempts("shop.pay", outcome="refused")[0]
    assert record["pid"] != done.attempts("shop")[0]["pid"]


# ---- code in the way --------------------------------------------------------


def test_python_functions_take_no_part_in_it(shop):
    (shop.lib / "shop/pay.py").write_text(EVIL)
    lines, _ = out_of(shop, """
        import _imp, builtins, hashlib, importlib._bootstrap_external as external, io, marshal
        import os, _io, _hashlib, posix, time
        class Hash:
            def __init__(self, *args, **more): pass
            def digest(self, *args): return bytes(32)
            def hexdigest(self, *args): return "0" * 64
        evil = compile("print('evil')", "x", "exec")
        for module in (hashlib, _hashlib):
            for name in ("blake2b", "sha256", "new", "compare_digest"):
                setattr(module, name, Hash)
        builtins.compile = marshal.loads = lambda *args, **more: evil
        builtins.exec = builtins.eval = lambda *args, **more: print("evil")
        builtins.open = io.open = _io.open = lambda *args, **more: io.BytesIO(b"print('evil')")
        io.open_code = _io.open_code = _io.FileIO = _io.BytesIO = builtins.open
        os.stat = posix.stat = os.open = posix.open = os.path.exists = lambda *args, **more: None
        time.time = lambda: 0
        _imp._fix_co_filename = lambda code, path: evil
        external._compile_bytecode = external._validate_timestamp_pyc = lambda *args, **more: evil
        sys.implementation.cache_tag = "x"
        import shop.cart
        print(shop.cart.total(), shop.cart.__spec__.loader.get_data(shop.cart.__file__)[:3])
        for name in ("shop.pay",):
            try:
                __import__(name)
            except ImportError as error:
                print(type(error).__name__, error.reason)
    """)
    assert lines == ["3 b'def'", "SignatureError unsigned"]


def test_a_package_that_was_put_into_sys_modules_opens_no_door(shop):
    evil = shop.write("../evil/cart.py", EVIL).parent
    lines, _ = out_of(shop, """
        import types
        fake = types.ModuleType("shop")
        fake.__path__ = [%r]
        sys.modules["shop"] = fake
        try:
            import shop.cart
        except ImportError as error:
            print(type(error).__name__, error.reason)
    """ % str(evil))
    assert lines == ["SignatureError unsigned"]


def test_hooks_of_the_program_run_after_us(shop):
    evil = shop.write("../evil.py", EVIL)
    lines, done = out_of(shop, """
        import importlib.machinery as machinery, importlib._bootstrap as bootstrap, builtins
        spec = machinery.ModuleSpec("shop", machinery.SourceFileLoader("shop", %r), origin=%r)
        class Finder:
            find_spec = staticmethod(lambda *args, **more: spec)
            find_module = staticmethod(lambda *args, **more: spec.loader)
        sys.meta_path[:] = [Finder]
        sys.path_hooks[:] = [lambda path: Finder]
        bootstrap._find_spec = lambda *args, **more: spec
        import shop, shop.cart
        print(type(shop.__loader__).__name__, shop.cart.total())
    """ % (str(evil), str(evil)))
    assert lines == ["VerifiedLoader 3"]
    assert any(record["event"] == "tamper" for record in done.records)


def test_a_subclass_of_the_verified_loader_is_nobody(shop):
    lines, _ = out_of(shop, """
        import shop
        loader = type(shop.__loader__)
        for make in (lambda: type("Mine", (loader,), {}), loader, lambda: loader.__new__(loader),
                     lambda: object.__new__(loader)):
            try:
                make()
                print("made")
            except Exception:
                print("not made")
        for change in ("shop.__loader__.path = 'x'", "shop.__loader__.name = 'x'",
                       "shop.__loader__.__class__ = object", "shop.__loader__.__dict__ = {}"):
            try:
                exec(change)
                print("changed")
            except (AttributeError, TypeError):
                print("not changed")
    """)
    assert lines == ["not made"] * 4 + ["not changed"] * 4


def test_a_copy_of_the_verified_loader_is_what_is_found(shop):
    """What its dict is told, what the file holds by then: nothing of it."""
    evil = shop.write("../evil.py", EVIL)
    lines, _ = out_of(shop, """
        import copy, pickle, shop.cart
        loader = shop.cart.__loader__
        loader.__dict__["path"] = %r
        for made in copy.copy(loader), pickle.loads(pickle.dumps(loader)):
            print(type(made).__name__, made == loader, made.path == loader.path)
        with open(loader.path, "a") as file:
            file.write("evil = 1")
        for make in lambda: copy.copy(loader), lambda: pickle.loads(pickle.dumps(loader)):
            try:
                print(make().get_source())
            except ImportError as error:
                print(type(error).__name__, error.reason)
    """ % str(evil))
    assert lines == ["VerifiedLoader True True"] * 2 + ["SignatureError hash-mismatch"] * 2


def test_an_import_within_a_finder_is_judged_by_itself(shop):
    """A finder that is asked in the middle of it asks for the very same name."""
    shop.write("shop/ring.py", "import shop.ring\nx = 'ring'\n",
               "shop.ring")
    lines, _ = out_of(shop, """
        class Finder:
            @staticmethod
            def find_spec(name, path=None, target=None):
                import shop.ring
                return None
        sys.meta_path.insert(0, Finder)
        import shop.ring
        print(shop.ring.x)
    """)
    assert lines == ["ring"]


def test_a_refusal_that_is_swallowed_is_refused_again(shop):
    shop.cart.write_text(EVIL)
    lines, done = out_of(shop, """
        import shop
        for i in range(3):
            try:
                from shop import cart
                print("ran")
            except ImportError as error:
                print(error.reason)
        print(hasattr(shop, "cart"), "shop.cart" in sys.modules)
    """)
    assert lines == ["bad-signature"] * 3 + ["False False"]
    assert len(done.attempts("shop.cart", outcome="refused")) == 3


def test_a_policy_that_is_loaded_again_counts_from_then_on(shop):
    cart = shop.write("shop/pay.py", "x = 1\n", "shop.pay")
    lines, _ = out_of(shop, """
        import shop, stockade, io
        INI = %r
        text = open(INI).read()
        revoked = text.replace("[modules]", "[signing]\\nrevoked = %s\\n[modules]")
        open(INI, "w").write(revoked)
        stockade.current().reload()
        try:
            import shop.pay
        except ImportError as error:
            print(error.reason)
        try:
            io.open_code(%r)
        except ImportError as error:
            print(error.reason)
        open(INI, "w").write(text.replace("shop = signed", "shop = allow"))
        stockade.current().reload()
        print(type(io.open_code(%r)).__name__)
    """ % (str(shop.ini), signing.hashlib.blake2b(cart.read_bytes(), digest_size=32).hexdigest(),
           str(cart), str(cart)))
    assert lines == ["hash-revoked", "hash-revoked", "BufferedReader"]


def test_code_of_a_signed_module_in_another_namespace_is_the_callers(shop):
    shop.policy("[modules]\nshop = signed\n[modules from plug]\nsecret = deny\n",
                settings="trusted = @stdlib\n")
    shop.write("shop/tool.py", "def found():\n    import secret\n    return look(secret)\n"
               "def look(module):\n    return module.__name__\n", "shop.tool")
    shop.write("secret.py", "")
    shop.write("plug.py", """
        import types
        import shop.tool
        def calls():
            return shop.tool.found()
        def borrows():
            space = {"look": str, "__builtins__": __builtins__}
            return types.FunctionType(shop.tool.found.__code__, space)()
        """)
    lines, _ = out_of(shop, """
        import plug
        print(plug.calls())
        try:
            print(plug.borrows())
        except ImportError as error:
            print(error.importer)
    """)
    assert lines == ["secret", "plug"]


# ---- modules that are in no file --------------------------------------------

MOVES = """
import sys, types
class Moves:
    @staticmethod
    def find_spec(name, path=None, target=None):
        from importlib.machinery import ModuleSpec
        return ModuleSpec(name, Moves) if name == "shop.moves" else None
    @staticmethod
    def create_module(spec): return types.ModuleType(spec.name)
    @staticmethod
    def exec_module(module): module.moved = 1
sys.meta_path.append(Moves)
"""

MOVED = """
    import shop
    for name in ("shop.moves", "shop.nothing"):
        try:
            print(__import__(name, fromlist=["moved"]).moved)
        except ModuleNotFoundError as error:
            print(error.name, error)
"""


def test_what_a_finder_of_the_package_makes_needs_a_rule_of_its_own(shop):
    """As six.moves, which no file has."""
    shop.write("shop/__init__.py", MOVES, "shop", "package")
    lines, _ = out_of(shop, MOVED)
    for line, name in zip(lines, ("shop.moves", "shop.nothing")):
        assert line.startswith("%s No module named '%s': it must be signed, so " % (name, name))
        assert line.endswith('"%s = allow" has them asked' % name)
    shop.policy("[modules]\nshop = signed\nshop.moves = allow\n")
    assert out_of(shop, MOVED)[0][0] == "1"


def test_without_such_a_finder_it_is_not_there(shop):
    lines, _ = out_of(shop, MOVED)
    assert lines == ["%s No module named '%s'" % (name, name)
                     for name in ("shop.moves", "shop.nothing")]


def test_a_finder_is_told_by_what_its_class_is_not_by_what_it_does(shop):
    """A key that is asked whether it is equal could free the class that it is in."""
    lines, _ = out_of(shop, """
        import shop, sys
        class Key(str):
            def __hash__(self): return hash("__module__")
            def __eq__(self, other):
                if other == "__module__" and sys.meta_path[-1:] == [None]:
                    del sys.meta_path[-2:]
                    print("asked")
                return False
        sys.meta_path.append(type("F", (), {Key("k"): 1, "find_spec": lambda *a: None})())
        sys.meta_path.append(None)
        try:
            import shop.nothing
        except ModuleNotFoundError as error:
            print(error)
    """)
    assert lines == ["No module named 'shop.nothing'"]


def test_the_rule_that_wants_the_signature_is_told_whoever_asks(shop):
    """runpy asks, which is trusted to import everything."""
    shop.policy("[modules]\nshop = signed\n", settings="trusted = @stdlib\n")
    shop.write("shop/__main__.py", "print('evil')\n")
    _, done = out_of(shop, """
        import runpy
        try:
            runpy.run_module("shop")
        except ImportError as error:
            print(error)
    """)
    line = shop.ini.read_text().split("\n").index("shop = signed") + 1
    assert '("shop = signed" at %s:%d)' % (shop.ini, line) in done.out
    record, = done.attempts("shop.__main__", outcome="refused")
    assert record["rule"] == "%s:%d" % (shop.ini, line)
    assert record["reason"] == "unsigned"
