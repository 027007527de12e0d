# SPDX-License-Identifier: Apache-2.0
"""What tools ask of the modules that they are given: programs whose output is
the same whoever loaded the modules."""

FILES = {
    "shop/__init__.py": '"""A shop."""\nNAME = "shop"\n',
    "shop/__main__.py": 'import sys\nprint(__name__, __package__, sys.argv[1:], __spec__.name)\n',
    "shop/cart.py": '''\
"""The cart, für alle.

>>> total([1, 2])
3
"""
# what is in it


class Item:
    """One thing."""

    def __init__(self, price):
        self.price = price

    def __eq__(self, other):
        return self.price == other.price


def total(prices):
    """The sum.

    >>> total([])
    0
    """
    return sum(prices)  # of all


def pick(prices):
    return [price
            for price in prices
            if price > 1]


if __name__ == "__main__":
    print(__name__, total([1, 2]), __spec__ and __spec__.name)
''',
    "shop/broken.py": '''\
def fail(value):
    """Raises."""
    return helper(value)


def helper(value):
    raise ValueError("no: %s – für immer" % value)


def spell():
    return undefinde
''',
    "shop/noisy.py": '''\
import warnings


def warn(level=1):
    warnings.warn("too loud", UserWarning, level)
''',
    "shop/test_cart.py": '''\
import unittest

from shop import cart


class CartTest(unittest.TestCase):
    def test_total(self):
        self.assertEqual(cart.total([1, 2]), 3)

    def test_wrong(self):
        self.assertEqual(cart.total([1, 2]), 4)
''',
    "shop/inner/__init__.py": "",
    "shop/inner/leaf.py": "LEAF = 1\n",
    "shop/space/deep.py": "DEEP = 1\n",
    "shop/space/note.txt": "für alle\n",
    "shop/space/more/last.txt": "last\n",
    "shop/list.json": "[1, 2]\n",
    "shop/texts/bye.txt": "bye\nfür dich\n",
    "shop/texts/more/hello.txt": "hello\n",
    "shop-2.4.1.dist-info/METADATA":
        "Metadata-Version: 2.1\nName: shop\nVersion: 2.4.1\nSummary: Sells.\n",
    "shop-2.4.1.dist-info/entry_points.txt":
        "[console_scripts]\nshop = shop.cart:total\n\n[plug.ins]\npick = shop.cart:pick\n",
    "shop-2.4.1.dist-info/RECORD": "shop/cart.py,,\nshop-2.4.1.dist-info/METADATA,,\n",
    "shop-2.4.1.dist-info/top_level.txt": "shop\n",
}

# nobody signs data file by file
NO_DATA = {"detached": "data is not signed file by file"}
# what only knows the path looks for the file
NO_FILE = {"alone": "the file that the path names is not there"}
# what pathlib, os and open() do with a path, they do with the disk
NO_DISK = {"alone": "there is no such file"}


class Row:
    def __init__(self, title, code, since=(3, 8), until=(3, 99), differs=None,
                 differs_since=(3, 8), differs_until=(3, 99), argv=None, fails=False):
        self.title = title
        self.code = code
        self.since = since
        self.until = until
        self.differs = differs or {}
        self.differs_since = differs_since
        self.differs_until = differs_until
        self.argv = argv
        self.fails = fails


PDB_BREAK = """
    import io, pdb, shop.broken, sys
    debugger = pdb.Pdb(stdin=io.StringIO(
        "break shop.broken:7\\nbreak\\ncontinue\\nlist\\nquit\\n"),
        stdout=sys.stdout, nosigint=True, readrc=False)
    debugger.use_rawinput = False
    try:
        debugger.runcall(shop.broken.fail, 1)
    except BaseException as error:
        print(type(error).__name__)
"""

ROWS = [
    Row("a module has the attributes that it always has", """
        import shop, shop.cart, shop.inner.leaf
        for module in (shop, shop.cart, shop.inner, shop.inner.leaf):
            print(sorted(module.__dict__)[:12], repr(module).split(" from")[0])
            print(module.__name__, module.__package__, getattr(module, "__file__", None),
                  getattr(module, "__cached__", None), module.__doc__,
                  list(getattr(module, "__path__", [])))
            spec = module.__spec__
            print(spec.name, spec.parent, spec.origin, spec.cached, spec.has_location,
                  spec.submodule_search_locations and list(spec.submodule_search_locations),
                  spec.loader_state)
            print(type(spec).__name__, module.__loader__ is spec.loader)
    """),
    Row("a namespace package is one", """
        import shop.space.deep
        for module in (shop.space, shop.space.deep):
            print(sorted(module.__dict__), repr(module).split(" from")[0], list(getattr(
                module, "__path__", [])), type(module.__loader__) == type(shop.__loader__))
        print(shop.space.__spec__.origin)
    """, differs={"detached": "nobody signed the folder"}),
    Row("a loader answers as importlib's", """
        import shop.cart
        for module in (shop, shop.cart):
            loader = module.__loader__
            name = module.__name__
            print(loader.name, loader.path, loader.get_filename(), loader.get_filename(name),
                  loader.is_package(name))
            print(loader.get_source(name), loader.get_code(name).co_filename)
            print(loader.get_data(loader.path) == loader.get_source(name).encode())
            print(vars(loader), loader == module.__spec__.loader, hash(loader) == hash(loader))
            for wrong in (lambda: loader.get_source("other"), lambda: loader.load_module("other"),
                          lambda: loader.get_data(loader.path + ".nothing")):
                try:
                    wrong()
                except Exception as error:
                    print(type(error).__name__, getattr(error, "errno", None))
        print(loader.source_to_code(b"x = 1", "x.py").co_filename)
    """),
    Row("isinstance() finds an importlib loader", """
        import shop.cart, importlib.abc, importlib.machinery
        loader = shop.cart.__loader__
        for base in (importlib.abc.Loader, importlib.abc.InspectLoader,
                     importlib.abc.ExecutionLoader, importlib.abc.FileLoader,
                     importlib.abc.SourceLoader, importlib.machinery.SourceFileLoader):
            print(isinstance(loader, base))
        print(loader.__class__.__name__, loader.__class__.__mro__)
        print(isinstance(loader, importlib.machinery.ExtensionFileLoader))
    """),
    Row("what a loader's file is on the disk is told", """
        import shop.cart
        loader = shop.cart.__loader__
        print(sorted(loader.path_stats(loader.path)),
              loader.path_stats(loader.path)["size"] == len(loader.get_data(loader.path)))
    """, differs=NO_DISK),
    Row("load_module() loads", """
        import importlib.util, sys, warnings
        warnings.simplefilter("ignore")
        spec = importlib.util.find_spec("shop.cart")
        module = spec.loader.load_module("shop.cart")
        print(module.__name__, module is sys.modules["shop.cart"], module.__file__)
        print(spec.loader.load_module() is module, module.__loader__ is spec.loader)
    """),
    Row("module_from_spec() and exec_module() make a module", """
        import importlib.util, sys
        spec = importlib.util.find_spec("shop.cart")
        module = importlib.util.module_from_spec(spec)
        print(module.__file__, module.__cached__, hasattr(module, "total"))
        spec.loader.exec_module(module)
        print(module.total([1, 2]), "shop.cart" in sys.modules, module.__spec__ is spec)
        print(module.total.__module__, module.total.__code__.co_filename)
    """),
    Row("LazyLoader loads when it is looked at", """
        import importlib.util, sys
        spec = importlib.util.find_spec("shop.cart")
        spec.loader = importlib.util.LazyLoader(spec.loader)
        module = importlib.util.module_from_spec(spec)
        sys.modules["shop.cart"] = module
        spec.loader.exec_module(module)
        print(type(module).__name__)
        print(module.total([1, 2]), type(module).__name__, module.__name__)
        factory = importlib.util.LazyLoader.factory(type(spec.loader))
        print(callable(factory))
    """),
    Row("reload() runs the body again", """
        import importlib, shop.cart, shop
        before = shop.cart.total
        shop.cart.kept = 1
        print(importlib.reload(shop.cart) is shop.cart, shop.cart.kept,
              shop.cart.total is before, shop.cart.total([2]))
        print(importlib.reload(shop).NAME)
    """),
    Row("objects of its classes are pickled and copied", """
        import copy, copyreg, pickle, shop.cart
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            data = pickle.dumps([shop.cart.Item(3), shop.cart.total, shop.cart.Item], protocol)
            item, total, Item = pickle.loads(data)
            print(item == shop.cart.Item(3), total is shop.cart.total, Item is shop.cart.Item)
        print(copy.deepcopy(shop.cart.Item(4)).price)
        copyreg.pickle(shop.cart.Item, lambda item: (shop.cart.Item, (item.price + 1,)))
        print(copy.copy(shop.cart.Item(5)).price)
    """),
    Row("specs and loaders are pickled and copied", """
        import copy, pickle, shop.cart, weakref
        spec = shop.cart.__spec__
        for again in (pickle.loads(pickle.dumps(spec)), copy.copy(spec), copy.deepcopy(spec)):
            print(again.name, again.origin, again.loader == spec.loader, again == spec)
            print(again.loader.get_source("shop.cart") == spec.loader.get_source("shop.cart"))
        print(weakref.ref(spec.loader)() is spec.loader)
    """),
    Row("inspect shows source", """
        import inspect, shop.cart, shop.inner
        cart = shop.cart
        print(inspect.getsource(cart.total))
        print(inspect.getsource(cart.Item))
        print(inspect.getsource(cart.Item.__eq__))
        print(inspect.getsource(cart) == cart.__loader__.get_source("shop.cart"))
        print(inspect.getsourcelines(cart.pick))
        print(inspect.getsourcefile(cart), inspect.getsourcefile(cart.Item), inspect.getfile(cart))
        print(inspect.getmodule(cart.total), inspect.getmodule(cart.Item).__name__)
        print(inspect.getcomments(cart.Item), inspect.getdoc(cart.total), inspect.getabsfile(cart))
        print(inspect.findsource(cart.total)[1], inspect.getmodulename(cart.__file__))
        print(inspect.signature(cart.total), inspect.unwrap(cart.total).__qualname__)
    """),
    Row("inspect shows where frames stand", """
        import inspect, shop.broken
        try:
            shop.broken.fail(1)
        except ValueError as error:
            for frame in inspect.getinnerframes(error.__traceback__):
                print(frame.filename, frame.lineno, frame.function, frame.code_context)
    """),
    Row("linecache has lines, after clearing, too", """
        import linecache, shop.cart
        path, names = shop.cart.__file__, shop.cart.__dict__
        print(linecache.getline(path, 1, names), len(linecache.getlines(path, names)))
        linecache.checkcache()
        print(linecache.getline(path, 24, names))
        linecache.checkcache(path)
        print(linecache.getline(path, 24))
        linecache.clearcache()
        print(linecache.getline(path, 24, names), linecache.getline(path, 9999, names))
        linecache.clearcache()
        print(linecache.lazycache(path, names), linecache.getline(path, 24))
    """),
    Row("linecache has lines for who knows the path alone", """
        import linecache, shop.cart
        path = shop.cart.__file__
        print(linecache.getline(path, 24))
        linecache.checkcache()
        linecache.clearcache()
        print(linecache.getlines(path)[:3], linecache.updatecache(path)[0])
        print(linecache.getlines(path + ".nothing"), linecache.getlines(path[:-7] + "unseen.py"))
    """, differs=NO_FILE),
    Row("traceback shows lines", """
        import traceback, shop.broken, logging, sys
        try:
            shop.broken.fail(1)
        except ValueError as error:
            print(traceback.format_exc())
            print(traceback.extract_tb(error.__traceback__))
            logging.basicConfig(stream=sys.stdout)
            logging.exception("logged")
    """),
    Row("an uncaught exception shows lines", """
        import shop.broken
        shop.broken.fail("für")
    """, fails=True),
    Row("an uncaught exception in a thread shows lines", """
        import shop.broken, threading
        thread = threading.Thread(target=shop.broken.fail, args=(1,), name="worker")
        thread.start()
        thread.join()
    """),
    Row("an exception that nobody can catch shows lines", """
        import shop.broken
        class Doomed:
            def __del__(self):
                shop.broken.fail(1)
        doomed = Doomed()
        del doomed
    """, differs=NO_FILE),
    Row("a misspelt name is guessed", """
        import shop.broken
        shop.broken.undefined = 1
        shop.broken.spell()
    """, differs={"alone": "module traceback does not guess yet"}, differs_since=(3, 10),
        differs_until=(3, 12), fails=True),
    Row("a body that raises has a traceback of its own lines", """
        import sys
        try:
            import shop.nothing
        except ImportError as error:
            print(repr(error), error.name, error.path)
        try:
            from shop import nothing
        except ImportError as error:
            print(error, error.name, error.path)
        try:
            import shop.cart.nothing
        except ImportError as error:
            print(error)
    """),
    Row("a warning shows its line", """
        import warnings, shop.noisy
        warnings.simplefilter("always")
        shop.noisy.warn()
        shop.noisy.warn(2)
        warnings.warn_explicit("told", UserWarning, shop.noisy.__file__, 5, "shop.noisy",
                               {}, shop.noisy.__dict__)
        with warnings.catch_warnings(record=True) as caught:
            shop.noisy.warn()
        print(caught[0].filename, caught[0].lineno)
        print(warnings.formatwarning("a", UserWarning, shop.noisy.__file__, 5))
    """, differs=NO_FILE),
    Row("pkgutil.get_data() reads data", """
        import pkgutil, shop
        print(pkgutil.get_data("shop", "list.json"), pkgutil.get_data("shop.cart", "texts/bye.txt"))
        try:
            pkgutil.get_data("shop", "nothing")
        except OSError as error:
            print(type(error).__name__, error.errno, error.filename)
    """, differs=NO_DATA),
    Row("pkgutil.get_data() goes back", """
        import os, pkgutil, shop.inner
        for where, path in (("shop.inner", "../list.json"), ("shop", "./texts/../list.json"),
                            ("shop", "texts//bye.txt"), ("shop.inner", ".././texts/bye.txt")):
            print(pkgutil.get_data(where, path))
        os.chdir(os.path.dirname(shop.__path__[0]))
        for path in "shop/list.json", "./shop/texts/../list.json":
            print(shop.__loader__.get_data(path))
        for path in "../policy.ini", "../shop/../../policy.ini", "shop/../../../../etc/passwd":
            try:
                shop.__loader__.get_data(shop.__path__[0] + "/nothing/" + path)
            except OSError as error:
                print(type(error).__name__, error.errno, error.filename)
    """, differs=NO_DATA),
    Row("pkgutil lists modules", """
        import pkgutil, shop
        print(sorted((m.name, m.ispkg) for m in pkgutil.iter_modules(shop.__path__)))
        print(sorted((m.name, m.ispkg) for m in pkgutil.iter_modules(shop.__path__, "shop.")))
        print(sorted(m.name for m in pkgutil.iter_modules(shop.inner.__path__))
              if hasattr(shop, "inner") else None)
        found = [m.name for m in pkgutil.walk_packages(shop.__path__, "shop.")]
        print(sorted(found))
        for info in pkgutil.iter_modules(shop.__path__, "shop."):
            spec = info.module_finder.find_spec(info.name)
            print(info.name, spec.name, spec.origin)
        importer = pkgutil.get_importer(shop.__path__[0])
        print(sorted(m[0] for m in pkgutil.iter_importer_modules(importer, "p.")))
    """),
    Row("pkgutil lists the modules of sys.path", """
        import pkgutil
        print([(m.name, m.ispkg) for m in pkgutil.iter_modules() if m.name.startswith("shop")])
    """, differs=NO_FILE),
    Row("pkgutil finds loaders and names", """
        import pkgutil, warnings
        warnings.simplefilter("ignore")
        print(pkgutil.find_loader("shop.cart").get_filename(), pkgutil.get_loader("shop").path)
        print(pkgutil.find_loader("shop.nothing"))
        if hasattr(pkgutil, "resolve_name"):
            print(pkgutil.resolve_name("shop.cart:total")([1]))
    """),
    Row("importlib.util.find_spec() finds", """
        import importlib.util, importlib.machinery, sys
        spec = importlib.util.find_spec("shop.cart")
        print(spec.name, spec.origin, spec.cached, spec.parent, "shop.cart" in sys.modules)
        print(importlib.util.find_spec("shop.nothing"), importlib.util.find_spec(".cart", "shop").name)
        print(importlib.util.find_spec("shop").submodule_search_locations)
        import shop.cart
        print(importlib.util.find_spec("shop.cart") is shop.cart.__spec__)
    """),
    Row("importlib.resources reads data", """
        import importlib.resources as resources, shop, sys, warnings
        warnings.simplefilter("ignore")
        print(resources.read_text("shop", "list.json"), resources.read_binary(shop, "list.json"))
        with resources.open_text("shop", "list.json") as file:
            print(file.readlines())
        with resources.open_binary("shop", "list.json") as file:
            print(file.read(2), file.read())
        print(sorted(resources.contents("shop")))
        print([resources.is_resource("shop", name) for name in ("list.json", "texts", "no")])
        with resources.path("shop", "list.json") as path:
            # 3.8 gives its copies no name
            print(type(path).__name__, path.read_text(),
                  path.name.endswith("list.json") or sys.version_info < (3, 9))
        for wrong in ("nothing", "texts"):
            try:
                resources.read_text("shop", wrong)
            except OSError as error:
                print(type(error).__name__)
    """, differs=NO_DATA),
    Row("importlib.resources.files() walks a package", """
        import importlib.resources as resources, shop, os
        root = resources.files("shop")
        def walk(folder, depth=0):
            for child in sorted(folder.iterdir(), key=lambda child: child.name):
                print("  " * depth + child.name, child.is_dir(), child.is_file())
                if child.is_dir():
                    walk(child, depth + 1)
        walk(root)
        print(root.name, root.is_dir(), root.is_file(), str(root), os.fspath(root / "texts"))
        bye = root / "texts" / "bye.txt"
        print(bye.read_bytes(), repr(bye.read_text(encoding="utf-8")), bye.name)
        print(root.joinpath("texts/bye.txt").read_text("utf-8") == bye.read_text("utf-8"))
        print((root / "./texts//bye.txt") == bye, hash(root / "texts") == hash(root / "texts"))
        with bye.open() as file:
            print(file.read(3))
        with bye.open("rb") as file:
            print(file.readline(), file.seek(0), len(file.read()))
        with bye.open("r", encoding="ascii", errors="replace") as file:
            print(ascii(file.read()))
        with bye.open(encoding="utf-8", newline="") as file:
            print(repr(file.read()))
        for wrong in ("nothing", "texts", "list.json/more", "nothing/more"):
            for call in (lambda path: path.read_text(), lambda path: list(path.iterdir()),
                         lambda path: path.open("rb")):
                try:
                    call(root / wrong)
                    print("fine")
                except OSError as error:
                    print(wrong, type(error).__name__, error.errno)
        print((root / "nothing").is_file(), (root / "nothing").is_dir(), (root / "nothing").name)
        print((root / "texts").exists(), bye.suffix, bye.stem, bye.parent.name, bye.parts[-2:])
        print(len(sorted(bye.parent.iterdir())))
    """, since=(3, 9), differs=NO_DATA),
    Row("importlib.resources reads namespaces and folders of data", """
        import importlib.resources as resources, shop.space.deep
        files = getattr(resources, "files", None)
        def ask(call, *args):
            try:
                print(call(*args))
            except Exception as error:
                print(type(error).__name__)
        for package in "shop.space", shop.space, "shop.texts", "shop.texts.more", "shop.nothing":
            for call in (lambda: resources.read_text(package, "note.txt", "utf-8"),
                         lambda: resources.read_binary(package, "bye.txt"),
                         lambda: resources.is_resource(package, "hello.txt"),
                         lambda: sorted(resources.contents(package)),
                         lambda: sorted(child.name for child in files(package).iterdir()),
                         lambda: files(package).is_dir(), lambda: files(package).is_file(),
                         lambda: files(package).name,
                         lambda: (files(package) / "note.txt").read_text("utf-8"),
                         lambda: files(package).joinpath("more/hello.txt").read_bytes(),
                         lambda: (files(package) / "nothing").exists()):
                ask(call)
    """, until=(3, 13), differs=NO_DATA),
    Row("files() gives a Traversable", """
        import shop, importlib.resources as resources
        from importlib.abc import Traversable
        print(isinstance(resources.files(shop), Traversable))
    """, since=(3, 9), until=(3, 14)),
    Row("as_file() gives a file", """
        import importlib.resources as resources, sys
        with resources.as_file(resources.files("shop") / "texts" / "bye.txt") as path:
            print(type(path).__name__, path.read_text(encoding="utf-8"), path.is_file(),
                  path.name.endswith("bye.txt"))
        if sys.version_info >= (3, 12):
            with resources.as_file(resources.files("shop") / "texts") as path:
                print(sorted(p.name for p in path.rglob("*")), path.name)
    """, since=(3, 9), differs=NO_DATA),
    Row("a resource reader reads", """
        import shop
        reader = shop.__loader__.get_resource_reader("shop")
        with reader.open_resource("list.json") as file:
            print(file.read())
        print(reader.is_resource("list.json"), reader.is_resource("texts"))
        print(sorted(reader.contents()))
        for name in ("nothing", "texts"):
            try:
                reader.open_resource(name)
            except OSError as error:
                print(type(error).__name__)
    """, until=(3, 13), differs=NO_DATA),
    Row("files() takes a module that is no package", """
        import importlib.resources as resources, shop.cart
        print((resources.files(shop.cart) / "texts" / "bye.txt").read_bytes())
    """, since=(3, 12), differs=NO_DATA),
    Row("importlib.metadata knows the distribution", """
        import importlib.metadata as metadata
        import shop
        dist = metadata.distribution("shop")
        print(dist.version, dist.metadata["Summary"], metadata.version("Shop"), dist.metadata["Name"])
        print(dist.read_text("top_level.txt"), dist.read_text("nothing"))
        print(sorted((e.name, e.value, e.group) for e in dist.entry_points))
        points = [e for e in dist.entry_points if e.name == "pick"]
        print(points[0].load()([1, 2]))
        print([str(file) for file in dist.files], dist.locate_file("shop").name)
        print(len([d for d in metadata.distributions() if d.metadata["Name"] == "shop"]))
        print([d.version for d in metadata.distributions(name="shop")])
        try:
            metadata.version("shopping")
        except metadata.PackageNotFoundError:
            print("not found")
        groups = metadata.entry_points()
        group = (groups.select(group="plug.ins") if hasattr(groups, "select")
                 else groups["plug.ins"])
        print([e.name for e in group])
    """),
    Row("runpy runs a package and a module", """
        import runpy, sys
        sys.argv[1:] = ["a"]
        names = runpy.run_module("shop.cart", run_name="__main__")
        print(sorted(n for n in names if "_" not in n), names["__file__"], names["__cached__"])
        runpy.run_module("shop", run_name="__main__", alter_sys=True)
        print(runpy.run_module("shop.cart")["total"]([5]))
    """),
    Row("python -m runs a package", None, argv=["-m", "shop", "one", "two"]),
    Row("python -m runs a module", None, argv=["-m", "shop.cart"]),
    Row("doctest finds and runs", """
        import doctest, shop.cart
        print(doctest.testmod(shop.cart, verbose=True))
        for test in doctest.DocTestFinder().find(shop.cart):
            print(test.name, test.filename, test.lineno)
        print(doctest.script_from_examples(">>> 1"), doctest.testsource(shop.cart, "shop.cart.total"))
    """),
    Row("unittest loads and runs", """
        import unittest, sys, io
        import shop.test_cart
        out = io.StringIO()
        suite = unittest.defaultTestLoader.loadTestsFromName("shop.test_cart")
        unittest.TextTestRunner(stream=out, verbosity=2).run(suite)
        print(out.getvalue().split("Ran ")[0])
    """),
    Row("unittest discovers", """
        import unittest, shop
        suite = unittest.defaultTestLoader.discover("shop.inner", "l*.py", None)
        print(suite.countTestCases())
        suite = unittest.defaultTestLoader.discover(shop.__path__[0], "test_*.py",
                                                    shop.__path__[0] + "/..")
        print(suite.countTestCases())
    """, differs=NO_DISK),
    Row("pdb lists and steps", """
        import io, pdb, shop.broken, sys
        debugger = pdb.Pdb(stdin=io.StringIO(
            "step\\nstep\\nlist\\nlonglist\\nsource shop.broken.fail\\nwhere\\n"
            "break\\nnext\\nup\\nargs\\nquit\\n"),
            stdout=sys.stdout, nosigint=True, readrc=False)
        debugger.use_rawinput = False
        try:
            debugger.runcall(shop.broken.fail, 1)
        except BaseException as error:
            print(type(error).__name__)
    """),
    Row("pdb stops at a line", PDB_BREAK, until=(3, 13)),
    # it looks for the file on sys.path
    Row("pdb of 3.13 stops at a line", PDB_BREAK, since=(3, 13), differs=NO_DISK),
    Row("pdb shows where it went wrong", """
        import io, pdb, shop.broken, sys
        try:
            shop.broken.fail(1)
        except ValueError as error:
            debugger = pdb.Pdb(stdin=io.StringIO("list\\nup\\nlist\\nquit\\n"), stdout=sys.stdout,
                               readrc=False)
            debugger.use_rawinput = False
            debugger.reset()
            debugger.interaction(None, error.__traceback__)
    """),
    Row("trace counts lines", """
        import trace, shop.cart
        tracer = trace.Trace(count=True, trace=True)
        tracer.runfunc(shop.cart.total, [1])
        print(sorted(tracer.results().counts.items())[:4])
    """, differs=NO_FILE),
    Row("coverage measures and reports", """
        import os, sys
        sys.path.append(os.environ["TESTS_SITE"])
        import coverage
        measured = coverage.Coverage(data_file=None, config_file=False, messages=False,
                                     include=["*/shop/*"])
        measured.start()
        import shop.cart
        shop.cart.total([1])
        measured.stop()
        data = measured.get_data()
        for path in sorted(data.measured_files()):
            print(path, sorted(data.lines(path)))
        print(measured.report(file=sys.stdout) > 0)
        print(measured.analysis2(shop.cart.__file__)[1:4])
    """, differs=NO_FILE),
    Row("pydoc documents", """
        import pydoc, shop.cart
        print(pydoc.plain(pydoc.render_doc(shop.cart)))
        print(pydoc.plain(pydoc.render_doc(shop)).split("PACKAGE CONTENTS")[-1])
        print(pydoc.locate("shop.cart.total"))
    """),
    Row("profile and dis show places", """
        import cProfile, dis, io, pstats, shop.cart
        profile = cProfile.Profile()
        profile.runcall(shop.cart.total, [1])
        print(sorted(key for key in pstats.Stats(profile).stats if "cart" in key[0]))
        dis.dis(shop.cart.total, file=io.StringIO())
        print(shop.cart.total.__code__)
    """),
    Row("ast, typing and functools see functions as they are", """
        import ast, functools, inspect, typing, shop.cart
        print(ast.dump(ast.parse(inspect.getsource(shop.cart.pick)))[:60])
        print(functools.update_wrapper(lambda: 0, shop.cart.total).__wrapped__.__module__)
        print(typing.get_type_hints(shop.cart.Item))
    """),
    Row("zip safety is asked by its attributes", """
        import shop.cart
        loader = shop.cart.__loader__
        print([hasattr(loader, name) for name in ("archive", "prefix", "name", "path")])
        print(isinstance(loader.path, str), shop.__file__ == loader.path[:-7] + "__init__.py")
    """),
]
