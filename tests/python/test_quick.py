# SPDX-License-Identifier: Apache-2.0
# covers: python/load/quick.c
# covers: python/load/quickparent.c
# covers: python/load/thinlock.c
"""A module of a bundle is the same, whichever way it was imported.

Every check runs in three processes: plain Python, a bundle through importlib,
and a bundle wholly in C. What the three print must be equal.
"""

import os
import subprocess
import sys

import pytest

import guarded
import signing

pytestmark = signing.needs_minisign

FILES = {
    "shop/__init__.py": '"""A shop."""\nname = "shop"\n',
    "shop/cart.py": "import sys\nfrom . import prices\nframe = sys._getframe(0).f_code.co_name\n"
                    "def total():\n    return sum(prices.ALL)\nclass Cart:\n    items = []\n",
    "shop/prices.py": "ALL = [1, 2, 3]\n",
    "shop/sub/__init__.py": "from .deep import value\n",
    "shop/sub/deep.py": "from .. import prices\nvalue = prices.ALL[0]\nimport shop.sub\n",
    "shop/first.py": "started = True\nfrom . import second\nended = True\n",
    "shop/second.py": "from . import first\nseen = (hasattr(first, 'started'), hasattr(first, 'ended'))\n",
    "shop/circular.py": "from .circular2 import missing\n",
    "shop/circular2.py": "from .circular import nothing as missing\n",
    "shop/broken.py": "x = 1\ndef fail():\n    return 1 / 0\nfail()\n",
    "shop/nested.py": "import shop.broken\n",
    "shop/wrong.py": "import shop.not_there\n",
    "shop/syntax.py": "x = = 1\n",
    "shop/replaced.py": "import sys\nsys.modules[__name__] = [1, 2]\n",
    "shop/gone.py": "import sys\ndel sys.modules[__name__]\n",
    "shop/starred.py": "__all__ = ['a']\na = 1\nb = 2\n",
    "shop/warns.py": "import warnings\nwarnings.warn('old', stacklevel=2)\n",
    "shop/interrupted.py": "raise KeyboardInterrupt\n",
    "shop/slow.py": "import time\nstate = 'half'\ntime.sleep(0.2)\nstate = 'whole'\n",
    "shop/left.py": "import time\ntime.sleep(0.1)\nimport shop.right\n",
    "shop/right.py": "import time\ntime.sleep(0.1)\nimport shop.left\n",
    "shop/plain.txt": "text\n",
    "single.py": "alone = True\n",
}

CHECKS = {
    "attributes": """
        import shop, shop.cart
        for module in (shop, shop.cart):
            print([key for key in vars(module) if key.startswith("__")])
            print(module.__name__, module.__package__, module.__doc__, module.__file__[-16:])
            print(getattr(module, "__path__", ["-"])[0][-5:], type(module.__builtins__))
            spec = module.__spec__
            print(spec.name, spec.parent, spec.origin == module.__file__, spec.has_location,
                  spec._initializing, bool(spec.submodule_search_locations))
        print(repr(shop).replace(shop.__file__, "F"), shop.cart.frame)
        print(shop.__cached__[-40:] if hasattr(shop, "__cached__") else None)
    """,
    "statements": """
        import shop.cart as cart
        from shop import cart as again, prices
        from shop.cart import total, Cart
        from shop.starred import *
        print(cart is again, total(), Cart.__module__, a, "b" in globals(), prices.ALL)
        print(__import__("shop.cart").__name__, __import__("shop.cart", fromlist=["x"]).__name__)
        import importlib
        print(importlib.import_module(".sub", "shop").value)
        print(importlib.import_module("shop.sub.deep").value)
    """,
    "order": """
        before = list(sys.modules)
        import shop.cart, shop.sub
        print([name for name in sys.modules if name not in before])
    """,
    "circles": """
        import shop.first
        print(shop.second.seen, shop.first.ended)
        try:
            import shop.circular
        except ImportError as error:
            print(type(error).__name__, str(error).split(" (")[0], error.name)
        print(sorted(n for n in sys.modules if n.startswith("shop.circ")))
    """,
    "failures": """
        import traceback
        for name in ("shop.broken", "shop.nested", "shop.wrong", "shop.nothing", "shop.cart.x",
                     "shop.gone", "shop.interrupted", "shop.syntax"):
            try:
                __import__(name)
            except BaseException as error:
                print(name, type(error).__name__, str(error).split(" (")[0],
                      getattr(error, "name", None))
                print([(os.path.basename(f.filename), f.name, f.line)
                       for f in traceback.extract_tb(error.__traceback__)
                       if "importlib" not in f.filename])
            print(name in sys.modules)
        print("shop.broken" in sys.modules, hasattr(sys.modules["shop"], "broken"))
    """,
    "replaced": """
        import shop.replaced
        print(shop.replaced, sys.modules["shop.replaced"])
        from shop.replaced import append
    """,
    "none": """
        import shop
        sys.modules["shop.cart"] = None
        for _ in range(2):
            try:
                import shop.cart
            except ModuleNotFoundError as error:
                print(error, error.name)
        del sys.modules["shop.cart"]
        import shop.cart
        print(shop.cart.total())
    """,
    "reload": """
        import importlib.util, shop.cart
        shop.cart.extra = 1
        again = importlib.reload(shop.cart)
        print(again is shop.cart, again.extra, again.total())
        del sys.modules["shop.cart"]
        import shop.cart as new
        print(new is again, shop.cart is new)
        print(importlib.util.find_spec("shop.prices").name)
        print(importlib.util.find_spec("shop.no") is None)
    """,
    "tools": """
        import inspect, pickle, linecache, pkgutil, shop.cart
        print(inspect.getsource(shop.cart.total))
        print(inspect.getsourcefile(shop.cart) == shop.cart.__file__)
        print(pickle.loads(pickle.dumps(shop.cart.Cart)) is shop.cart.Cart)
        print(linecache.getline(shop.cart.__file__, 4))
        print(sorted(m.name for m in pkgutil.iter_modules(shop.__path__))[:3])
        print(pkgutil.get_data("shop", "plain.txt"))
        print(shop.cart.total.__code__.co_filename == shop.cart.__file__)
    """,
    "warnings": """
        import warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            import shop.warns
        print([(str(w.message), os.path.basename(w.filename)) for w in caught])
    """,
    "attribute of the parent": """
        import types
        class Strict(types.ModuleType):
            def __setattr__(self, name, value):
                if name == "cart":
                    raise AttributeError(name)
                super().__setattr__(name, value)
        import shop, warnings
        shop.__class__ = Strict
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                import shop.cart
            except AttributeError as error:
                print("AttributeError", error)
        print([str(w.message) for w in caught], "shop.cart" in sys.modules)
    """,
    "events": """
        seen = []
        def hook(event, args):
            if event in ("import", "exec") and active:
                if event == "import" and args[0].startswith("shop"):
                    seen.append((event, args[0]))
                elif event == "exec" and "shop" in getattr(args[0], "co_filename", ""):
                    seen.append((event, os.path.basename(args[0].co_filename)))
        active = True
        sys.addaudithook(hook)
        import shop.cart
        active = False
        print(seen)
    """,
    "threads": """
        import threading
        seen = []
        def work():
            import shop.slow
            seen.append(shop.slow.state)
        threads = [threading.Thread(target=work) for _ in range(6)]
        [t.start() for t in threads]
        [t.join(60) for t in threads]
        print(seen)
        done = []
        def cycle(name):
            __import__(name)
            done.append(name)
        threads = [threading.Thread(target=cycle, args=(n,)) for n in ("shop.left", "shop.right")]
        [t.start() for t in threads]
        [t.join(60) for t in threads]
        print(sorted(done), any(t.is_alive() for t in threads))
        from importlib import _bootstrap
        print([n for n in _bootstrap._module_locks if n.startswith("shop")])
    """,
    "finder put in front by the package": """
        import shop
        class Finder:
            def find_spec(self, name, path=None, target=None):
                return None
        sys.meta_path.insert(0, Finder())
        import shop.cart
        print(shop.cart.total())
    """,
    "modules is another dict": """
        class Modules(dict):
            pass
        import shop
        sys.modules = Modules(sys.modules)
        import shop.cart
        print(shop.cart.total(), "shop.cart" in sys.modules)
    """,
    "modules is replaced while code is made": """
        import gc
        class Replaces:
            def __init__(self):
                self.me = self
            def __del__(self):
                sys.modules = dict(sys.modules)
        gc.disable()
        sys.modules = dict(sys.modules)
        for _ in range(3):
            Replaces()
        gc.set_threshold(1, 1, 1)
        gc.enable()
        import shop.cart
        gc.disable()
        print(shop.cart.total(), "shop.cart" in sys.modules)
    """,
    "builtins of the importer": """
        own = {"__builtins__": {"__import__": __import__, "print": print}}
        exec("import shop.prices; print(shop.prices.ALL)", own)
        import shop.prices, builtins
        print(shop.prices.__builtins__ is vars(builtins))
    """,
    "top-level modules": """
        import single
        print(single.alone, single.__package__ == "", single.__spec__.parent == "")
    """,
}


class Bundled:
    def __init__(self, folder):
        self.folder = folder
        self.lib = folder / "lib"
        for path, text in FILES.items():
            (self.lib / path).parent.mkdir(parents=True, exist_ok=True)
            (self.lib / path).write_text(text)
        self.key = signing.Key(folder)
        self.command = os.path.join(guarded.BUILD, "stockade")
        subprocess.run([self.command, "bundle", "--key", str(self.key.secret_file),
                        str(self.lib), "-o", str(self.lib / "all.stk")],
                       check=True, stdout=subprocess.DEVNULL)
        for way in ("auto", "off"):
            (folder / (way + ".ini")).write_text(
                "[stockade]\nversion = 1\ndefault = allow\n" + self.key.section()
                + "[signing]\nfast_path = %s\n[modules]\nshop = signed bundle:%s\n"
                  "single = signed bundle:%s\n"
                % (way, self.lib / "all.stk", self.lib / "all.stk"))

    def run(self, way, code):
        prepare = "" if way == "plain" else (
            "import stockade; stockade.install(%r)\n" % str(self.folder / (way + ".ini")))
        script = self.folder / "check.py"
        script.write_text(prepare + "import sys, os\nsys.path.insert(0, %r)\n" % str(self.lib)
                          + guarded.dedent(code))
        done = subprocess.run([sys.executable, "-B", str(script)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, universal_newlines=True,
                              env=guarded.environment(), timeout=60)
        return done.stdout.replace(str(self.lib), "LIB")


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    return Bundled(tmp_path_factory.mktemp("bundled"))


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_a_module_is_the_same_each_way(bundled, check):
    plain = bundled.run("plain", CHECKS[check])
    assert plain and "Traceback" not in plain, plain
    assert bundled.run("off", CHECKS[check]) == plain
    assert bundled.run("auto", CHECKS[check]) == plain


def test_the_way_in_c_is_taken_and_shows_no_frames_of_importlib(bundled):
    probe = """
        names = []
        def trace(frame, event, arg):
            if event == "call":
                names.append(frame.f_code.co_name)
        sys.setprofile(trace)
        import shop.sub
        sys.setprofile(None)
        print("_load_unlocked" in names)
    """
    assert bundled.run("off", probe) == "True\n"
    assert bundled.run("auto", probe) == "False\n"


def test_a_chain_of_imports_that_is_too_deep_is_an_error(bundled, tmp_path):
    lib = tmp_path / "lib"
    (lib / "deep").mkdir(parents=True)
    (lib / "deep/__init__.py").write_text("")
    for i in range(400):
        (lib / ("deep/m%d.py" % i)).write_text("import deep.m%d\n" % (i + 1))
    (lib / "deep/m400.py").write_text("end = True\n")
    subprocess.run([bundled.command, "bundle", "--key", str(bundled.key.secret_file), str(lib),
                    "-o", str(lib / "deep.stk")], check=True, stdout=subprocess.DEVNULL)
    policy = tmp_path / "deep.ini"
    policy.write_text("[stockade]\nversion = 1\ndefault = allow\n" + bundled.key.section()
                      + "[modules]\ndeep = signed bundle:%s\n" % (lib / "deep.stk"))
    code = """
        import stockade, threading; stockade.install(%r)
        threading.stack_size(%d * 1024)
        def work():
            try:
                import deep.m0
            except RecursionError as error:
                print("RecursionError")
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """ % (str(policy), 8192 if os.environ.get("STOCKADE_SANITIZE") else 512)
    done = subprocess.run([sys.executable, "-c", guarded.dedent(code)], stdout=subprocess.PIPE,
                          universal_newlines=True, env=guarded.environment(), timeout=60)
    assert done.stdout == "RecursionError\n"
