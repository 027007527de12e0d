# SPDX-License-Identifier: Apache-2.0
# covers: python/asks/importframes.c
# covers: python/load/plain.c
# covers: python/load/walk.c
# covers: python/load/warm.c
"""An ordinary module is the same, whoever imports it.

Every check runs in three processes: plain Python, a guard that leaves imports
to importlib, and one that imports in C. What the three print must be equal.
"""

import compileall
import os
import shutil
import subprocess
import sys

import pytest

import guarded
import test_quick

FILES = dict(test_quick.FILES)
FILES.update({
    "rooms/inner/deep.py": "value = 3\n",
    "shop/stack.py": "import sys\nframes, steps = [], []\nframe = sys._getframe(1)\n"
                     "while frame:\n    code = frame.f_code\n"
                     "    frames.append((code.co_filename, code.co_name, code.co_firstlineno, frame.f_lineno,\n"
                     "                   frame.f_globals['__name__']))\n"
                     "    steps += [c for c in code.co_consts if callable(c)]\n"
                     "    frame = frame.f_back\n",
    "shop/fails.py": "raise ValueError('no')\n",
    "shop/text.words": "value = 8\n",
    "m\u00fcll.py": "value = 'uml\u00e4ut'\n",
    "dotted.name.py": "never = 1\n",
    "patches.py": "import importlib.machinery as m\nold = m.SourceFileLoader.get_code\n"
                  "m.SourceFileLoader.get_code = lambda self, name: (print('patched', name), old(self, name))[1]\n",
    "later/__init__.py": "import sys\nclass Finder:\n    def find_spec(self, name, path=None, target=None):\n"
                         "        print('asked', name)\nsys.meta_path.insert(0, Finder())\n",
    "later/child.py": "value = 4\n",
    "paths/__init__.py": "__path__.append(__path__[0] + '/more')\n",
    "paths/more/extra.py": "value = 5\n",
    "long.py": "values = %r\n" % list(range(3000)),
    "empty.py": "",
    # bodies that do to themselves, or to others, what few do
    "odd/gone.py": "import sys\ndel sys.modules[__name__]\n",
    "odd/other.py": "import sys\nclass X: pass\nsys.modules[__name__] = X()\n",
    "odd/lost.py": "import sys\nm = dict(sys.modules); del m[__name__]; sys.modules = m\n",
    "odd/named.py": "__spec__.name = 'another'\n",
    "odd/nameless.py": "del __spec__, __loader__, __name__, __file__\n",
    "odd/stiff.py": "class S:\n    def __setattr__(self, k, v): raise RuntimeError(k)\n__spec__ = S()\n",
    "odd/circle/__init__.py": "from . import x\n",
    "odd/circle/x.py": "from . import y\n",
    "odd/circle/y.py": "from .x import foo\n",
    "odd/round/__init__.py": "import odd.round.x\n",
    "odd/round/x.py": "import odd.round.y\n",
    "odd/round/y.py": "import odd.round.x as q\nfrom odd.round import nope\n",
    "odd/orphan/__init__.py": "",
    "odd/orphan/child.py": "import sys\ndel sys.modules['odd.orphan']\n",
    "odd/slots/__init__.py": "",
    "odd/slots/child.py": "import sys\nclass N:\n    __slots__ = ()\nsys.modules['odd.slots'] = N()\n",
    "odd/exits.py": "import sys\nsys.exit(3)\n",
    "odd/watched.py": "import sys\nsaved = __spec__\nsys.spec_of_watched = saved\n"
                      "def profile(frame, event, arg):\n"
                      "    if event == 'return' and frame.f_code.co_name == 'exec_module':\n"
                      "        sys.setprofile(None)\n        raise RuntimeError('after the body')\n"
                      "sys.setprofile(profile)\n",
    "odd/limits.py": "import sys\nsys.setrecursionlimit(200)\n",
})

CHECKS = dict(test_quick.CHECKS)
CHECKS.update({
    "everything that a module and its spec have": """
        import shop, shop.cart, single, shop.sub.deep, long, empty
        for m in (shop, shop.cart, single, shop.sub.deep, long, empty):
            s = m.__spec__
            print([(k, v) for k, v in vars(m).items() if k.startswith("__") and k != "__builtins__"
                   and k not in ("__spec__", "__loader__")])
            print(sorted((k, v) for k, v in vars(s).items() if k not in ("loader",)), list(vars(s)))
            print(type(s), type(s.loader), vars(s.loader), s.loader is m.__loader__, s.cached, repr(s).split("0x")[0])
            print(type(m), repr(m), m.__builtins__ is vars(__import__("builtins")))
    """,
    "where names are looked for": """
        import importlib
        for name in ("rooms", "rooms.inner", "rooms.inner.deep", "m\\u00fcll", "dotted.name",
                     "paths.extra", "no_such", "shop.no_such", "shop.cart.no"):
            try:
                m = __import__(name, fromlist=["x"])
                print(name, m.__spec__.origin, getattr(m, "__path__", None) and list(m.__path__))
            except (ImportError, ValueError) as error:
                print(name, type(error).__name__, error)
        sys.path.insert(0, "")
        os.chdir(LIB + "/shop")
        import prices
        print(prices.__file__, prices.__spec__.cached)
        sys.path.insert(0, b"bytes")
        sys.path.insert(0, "/no/such/folder")
        import single
        print(single.__file__)
    """,
    "what was in a folder": """
        import importlib, time, single
        finder = sys.path_importer_cache[LIB]
        print(type(finder), "single.py" in finder._path_cache, finder._path_mtime == os.stat(LIB).st_mtime)
        with open(LIB + "/fresh.py", "w") as file:
            file.write("value = 6\\n")
        os.utime(LIB, (1, 1))
        import fresh
        print(fresh.value, finder._path_mtime, "fresh.py" in finder._path_cache)
        os.remove(LIB + "/fresh.py"); del sys.modules["fresh"]
        os.utime(LIB, (1, 1))
        try:
            import fresh
        except ImportError as error:
            print(error)
        sys.path_importer_cache.clear()
        import empty
        print(LIB in sys.path_importer_cache, sys.path_importer_cache[LIB] is finder)
        sys.path_importer_cache[LIB] = None
        try:
            import long
        except ImportError as error:
            print(error)
    """,
    "code that is kept, of each kind": """
        import importlib.util, py_compile, marshal
        modes = py_compile.PycInvalidationMode
        source = LIB + "/kind.py"
        def fresh(body, mode):
            with open(source, "w") as file:
                file.write(body)
            py_compile.compile(source, invalidation_mode=mode)
            os.utime(LIB, (2, 2))
            importlib.invalidate_caches()
            sys.modules.pop("kind", None)
        for mode in modes:
            fresh("value = 1\\n", mode)
            import kind
            print(mode, kind.value, kind.__cached__)
            with open(source, "w") as file:
                file.write("value = 22\\n")
            del sys.modules["kind"]
            import kind
            print(mode, kind.value)
        kept = importlib.util.cache_from_source(source)
        for damage in (lambda d: d[:8], lambda d: b"", lambda d: b"\\0" * 16 + d[16:], lambda d: d[:40],
                       lambda d: d + b"behind", lambda d: d[:16] + marshal.dumps([1]), lambda d: d[:16],
                       lambda d: d[:4] + b"\\xff" + d[5:], lambda d: d[:12] + b"\\1" + d[13:]):
            fresh("value = 3\\n", modes.TIMESTAMP)
            with open(kept, "rb") as file:
                data = damage(file.read())
            with open(kept, "wb") as file:
                file.write(data)
            try:
                import kind
                print(len(data), kind.value)
            except Exception as error:
                print(len(data), type(error).__name__, error)
        os.remove(kept)
        os.mkdir(kept)
        sys.modules.pop("kind", None)
        import kind
        print(kind.value)
        os.rmdir(kept); os.remove(source)
    """,
    "time of the source": """
        import py_compile
        source = LIB + "/timed.py"
        for when in (1.999999999, 2**31 + 0.5, 2**33 + 7.25, 0, 1700000000.9999999, 1e9):
            with open(source, "w") as file:
                file.write("value = %r\\n" % when)
            os.utime(source, (when, when))
            try:
                py_compile.compile(source, doraise=True)
            except OverflowError:
                continue
            os.utime(LIB, (when, when))
            sys.modules.pop("timed", None)
            import timed
            print(timed.value == when)
            with open(source, "w") as file:
                file.write("value = %r\\n" % -when)
            os.utime(source, (when + 1, when + 1))
            del sys.modules["timed"]
            import timed
            print(timed.value == when)
        os.remove(source)
    """,
    "events with their arguments, in order": """
        seen = []
        def hook(event, args):
            if event in ("import", "exec", "open", "marshal.loads", "compile", "os.listdir") and active:
                told = [a if isinstance(a, (str, int, type(None))) else len(a) if isinstance(a, bytes)
                        else getattr(a, "co_filename", type(a).__name__) for a in args]
                seen.append((event, told[:3]))
        import single
        active = True
        sys.addaudithook(hook)
        import shop.cart
        __import__("empty")
        try:
            import shop.broken
        except Exception as error:
            print(error)
        active = False
        print(*seen, sep="\\n")
    """,
    "hooks that refuse": """
        refused = []
        def hook(event, args):
            if event in refused and ("shop" in str(args[0]) or event == "marshal.loads"):
                raise kind("no " + event)
        sys.addaudithook(hook)
        for event in ("open", "marshal.loads", "exec"):
            for kind in (RuntimeError, OSError):
                refused[:] = [event]
                try:
                    import shop.prices
                    print(event, kind.__name__, shop.prices.ALL)
                except Exception as error:
                    print(event, kind.__name__, type(error).__name__, error)
                refused.clear()
                print("shop" in sys.modules, "shop.prices" in sys.modules)
                for name in ("shop.prices", "shop"):
                    sys.modules.pop(name, None)
    """,
    "a finder with a method of its own": """
        import rooms
        finder = sys.path_importer_cache[LIB]
        def found(name, target=None, old=finder.find_spec):
            print("asked", name)
            return old(name, target)
        finder.find_spec = found
        import empty, shop.stack
        del finder.find_spec
        import long
        print(empty.__name__, long.__name__)
    """,
    "loaders that grow while they are looked at": """
        import rooms
        finder = sys.path_importer_cache[LIB]
        class Name(str):
            __hash__ = str.__hash__
            def __eq__(self, other):
                finder._loaders.extend((".x%d" % i, object) for i in range(400))
                return str.__eq__(self, other)
        finder._path_cache = {Name("nowhere"), Name("nowhere.py")}
        try:
            import nowhere
        except ImportError as error:
            print(error)
    """,
    "hooks that go while they are looked at": """
        import rooms, zipimport
        class Name(str):
            __hash__ = str.__hash__
            def __eq__(self, other):
                if str.__eq__(self, other):
                    sys.path_hooks = []
                    for i in range(40):
                        setattr(sys, "filled%d" % i, b"A" * 24000)
                return str.__eq__(self, other)
        hook = sys.path_hooks[-1]
        Hook = type("Hook", (), {Name("__init__"): hook})
        sys.path_hooks = [hook] * 10 + [Hook] * 3000
        del hook, Hook
        sys.path.insert(0, LIB + "/rooms")
        try:
            import nowhere
        except ImportError as error:
            print(error)
    """,
    "importlib that was patched": """
        import patches
        import shop.cart, single
    """,
    "a finder that its package adds": """
        import later.child
        print(later.child.value)
        import single
    """,
    "a finder that somebody adds behind": """
        class Finder:
            def find_spec(self, name, path=None, target=None):
                print("asked", name)
        sys.meta_path.append(Finder())
        import single
        try:
            import no_such
        except ImportError as error:
            print(error)
    """,
    "a hook for folders": """
        import importlib
        class Finder:
            def __init__(self, path):
                if not path.endswith("lib"):
                    raise ImportError
            def find_spec(self, name, target=None):
                print("hook asked", name)
        sys.path_hooks.insert(0, Finder)
        sys.path_importer_cache.clear()
        try:
            import single
        except ImportError as error:
            print(error)
    """,
    "a hook for folders that ends otherwise": """
        import shop, traceback
        class Evil:
            def __init__(self, path):
                if "evil" not in path:
                    raise ImportError
                sys.path.remove(path)
            def find_spec(self, name, target=None):
                print("asked", name)
        sys.path_hooks.insert(0, Evil)
        sys.path.insert(0, "/evil")
        import single
        def raises(path):
            if "bad" in path:
                raise ValueError(path)
            raise ImportError
        sys.path_hooks[0] = raises
        sys.path.insert(0, "/bad")
        shop.__path__.insert(0, "/bad/shop")
        for name in ("empty", "shop.cart"):
            try:
                __import__(name)
            except ValueError:
                traceback.print_exc(file=sys.stdout)
    """,
    "functions of importlib that were wrapped": """
        import shop, importlib._bootstrap as inner, importlib._bootstrap_external as outer
        from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
        for owner, names in ((inner, "_find_spec _find_and_load_unlocked _load_unlocked _init_module_attrs _new_module "
                                     "module_from_spec _call_with_frames_removed"),
                             (outer, "cache_from_source _validate_timestamp_pyc _compile_bytecode _path_isfile"),
                             (SourceFileLoader, "get_code exec_module get_data path_stats create_module"),
                             (FileFinder, "find_spec _get_spec _fill_cache"), (ModuleSpec, "__init__ __setattr__")):
            for name in names.split():
                seen, old, own = [], getattr(owner, name), name in vars(owner)
                setattr(owner, name, lambda *a, **k: (seen.append(name), old(*a, **k))[1])
                sys.modules.pop("single", None)
                import single
                setattr(owner, name, old) if own else delattr(owner, name)
                print(name, len(seen) > 0)
    """,
    "who monitors": """
        import shop
        seen = []
        if hasattr(sys, "monitoring"):
            tool, events = sys.monitoring, sys.monitoring.events
            tool.use_tool_id(1, "test")
            tool.register_callback(1, events.PY_START, lambda code, at: seen.append(code.co_name))
            tool.set_events(1, events.PY_START)
            import single
            tool.set_events(1, 0)
        print([name for name in ("_load_unlocked", "get_code", "_validate_timestamp_pyc") if name in seen])
    """,
    "a suffix of the program's": """
        import shop
        from importlib.machinery import FileFinder, SourceFileLoader
        sys.path_hooks.insert(0, FileFinder.path_hook((SourceFileLoader, [".words", ".py"])))
        sys.path_importer_cache.clear()
        sys.path.insert(0, LIB + "/shop")
        sys.dont_write_bytecode = False
        for i in range(2):
            import text, prices
            print(text.value, text.__file__, text.__spec__.cached, getattr(text, "__cached__", "none"), prices.__cached__)
            del sys.modules["text"]
        print(sorted(os.listdir(LIB + "/shop/__pycache__")))
    """,
    "settings of the program": """
        sys.pycache_prefix = LIB + "/elsewhere"
        import single
        print(single.__cached__)
        sys.pycache_prefix = None
        tag, sys.implementation.cache_tag = sys.implementation.cache_tag, None
        import empty
        print(getattr(empty, "__cached__", "none"))
        sys.implementation.cache_tag = "other-1"
        import long
        print(long.__cached__)
        sys.implementation.cache_tag = tag
    """,
    "who traces": """
        names = []
        def trace(frame, event, arg):
            names.append(frame.f_code.co_name)
        sys.setprofile(trace)
        import shop.sub
        sys.setprofile(None)
        print([n for n in ("_find_spec", "_load_unlocked", "get_code", "_get_spec") if n in names])
        names.clear()
        sys.settrace(trace)
        import shop.cart
        sys.settrace(None)
        print([n for n in ("_load_unlocked", "get_code", "exec_module") if n in names])
    """,
    "modules without source, and in C": """
        import py_compile
        py_compile.compile(LIB + "/single.py", cfile=LIB + "/bare.pyc")
        os.utime(LIB, (3, 3))
        import bare, _json, _heapq
        print(bare.alone, bare.__cached__, type(bare.__loader__).__name__)
        print(_json.__spec__.origin, type(_heapq.__loader__).__name__, _json.__spec__.cached)
        os.remove(LIB + "/bare.pyc")
    """,
    "frames": """
        import shop
        import shop.stack
        for frame in shop.stack.frames:
            if "importlib" in frame[0]:
                print(frame)
        try:
            import shop.fails
        except ValueError as error:
            tb = error.__traceback__
            while tb:
                print(tb.tb_frame.f_code.co_filename, tb.tb_frame.f_code.co_name, tb.tb_lineno)
                tb = tb.tb_next
    """,
    "bodies that few write": """
        import traceback
        import odd
        def tell(name):
            try:
                print(type(__import__(name, fromlist=["x"])).__name__)
            except BaseException:
                traceback.print_exc(file=sys.stdout)
            print(name, sorted(m for m in sys.modules if m.startswith("odd")))
            for at in (name, name.rpartition(".")[0]):
                spec = getattr(sys.modules.get(at), "__spec__", None)
                print(getattr(spec, "_initializing", "-"), getattr(spec, "_uninitialized_submodules", "-"))
        for name in ("gone", "other", "lost", "named", "nameless", "stiff", "circle", "round", "orphan.child",
                     "slots.child", "exits", "watched", "limits", "limits.below", "nope.nope"):
            tell("odd." + name)
        print(sys.spec_of_watched._initializing)
    """,
    "who refuses to compile": """
        def hook(event, args):
            if event == "compile":
                raise RuntimeError(event)
        sys.addaudithook(hook)
        import single, shop.cart
        print(shop.cart.__file__)
    """,
    "bodies in the midst": """
        import shop.stack, importlib
        body = open(LIB + "/midst.py", "w")
        body.write("import sys\\nspec = __spec__\\nprint(spec._initializing, sys.modules[__name__] is not None)\\n"
                   "print(list(vars())[:9])\\n")
        body.close()
        os.utime(LIB, (4, 4))
        import midst
        print(midst.spec._initializing)
        midst.x = 1
        print(importlib.reload(midst).x, midst.spec is midst.__spec__)
        os.remove(LIB + "/midst.py")
    """,
})


class Ordinary:
    def __init__(self, folder):
        self.folder = folder
        self.lib = folder / "lib"
        for path, text in FILES.items():
            (self.lib / path).parent.mkdir(parents=True, exist_ok=True)
            (self.lib / path).write_bytes(text.encode())
        compileall.compile_dir(str(self.lib), quiet=2)
        for way in ("auto", "off"):
            (folder / (way + ".ini")).write_text(
                "[stockade]\nversion = 1\ndefault = allow\ntrusted = @stdlib\n"
                "[signing]\nfast_path = %s\n" % way)

    def run(self, way, code, first=""):
        """What `code` prints with the files as they were, and were compiled; `first` runs before
        the guard. Without site: what is installed beside Python may have a finder of its own."""
        lib = self.folder / "work" / "lib"
        shutil.rmtree(str(lib.parent), ignore_errors=True)
        shutil.copytree(str(self.lib), str(lib))
        prepare = "\n" if way == "plain" else (
            "import stockade; stockade.install(%r, audit='file:%s')\n"
            % (str(self.folder / (way + ".ini")), self.folder / (way + ".jsonl")))
        script = self.folder / "check.py"
        script.write_text(guarded.dedent(first) + prepare + "import sys, os\nLIB = %r\nsys.path.insert(0, LIB)\n" % str(lib)
                          + guarded.dedent(code), encoding="utf-8")
        done = subprocess.run([sys.executable, "-B", "-S", str(script)],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              universal_newlines=True, env=guarded.environment(), timeout=60)
        return done.stdout


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory):
    return Ordinary(tmp_path_factory.mktemp("ordinary"))


@pytest.mark.parametrize("check", sorted(CHECKS))
def test_an_ordinary_module_is_the_same_each_way(ordinary, check):
    code = CHECKS[check]
    plain = ordinary.run("plain", code)
    assert plain
    assert ordinary.run("off", code) == plain
    assert ordinary.run("auto", code) == plain


# What importlib needs of a small stack is what there is; C would need three times that.
CHAIN = """
    import compileall, shop, threading
    for i in range(150):
        with open(LIB + "/chain%d.py" % i, "w") as file:
            file.write("import chain%d\\n" % (i + 1))
    with open(LIB + "/chain150.py", "w") as file:
        file.write("import sys\\n")
    compileall.compile_dir(LIB, quiet=2)
    sys.setrecursionlimit(20000)
    threading.stack_size(1 << 20)
    thread = threading.Thread(target=__import__, args=("chain0",))
    thread.start()
    thread.join()
    print("chain150" in sys.modules)
"""


@pytest.mark.skipif("STOCKADE_SANITIZE" in os.environ, reason="sanitizers take more of the stack")
def test_modules_nest_as_deeply_in_a_small_thread(ordinary):
    assert [ordinary.run(way, CHAIN) for way in ("plain", "off", "auto")] == 3 * ["True\n"]


STEPS = """
    import shop  # the first body is importlib's, for its frames to be seen
    import shop.stack
    steps = shop.stack.steps
    print(len(steps))
    for step in steps:
        try:
            step()
        except RuntimeError as error:
            print(error)
"""


def test_the_way_in_c_is_taken_and_its_steps_lead_nowhere(ordinary):
    assert ordinary.run("off", STEPS) == "0\n"
    assert ordinary.run("auto", STEPS) == "4\n" + 4 * "no import is at this step\n"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came with 3.12")
def test_a_tool_that_was_there_before_the_guard_sees_importlib(ordinary):
    first = """
        import sys
        seen = []
        sys.monitoring.use_tool_id(1, "tool")
        sys.monitoring.register_callback(
            1, sys.monitoring.events.PY_START, lambda code, offset: seen.append(code.co_name))
        sys.monitoring.set_events(1, sys.monitoring.events.PY_START)
    """
    code = "import single\nseen.clear()\nimport empty\nprint(len(seen), seen)\n"
    off = ordinary.run("off", code, first)
    assert "_find_spec" in off
    assert ordinary.run("auto", code, first) == off


def test_nothing_is_compiled_for_who_has_all_imported_by_importlib(ordinary):
    first = """
        import sys
        told = []
        sys.addaudithook(lambda event, args: told.append(args[1]) if event == "compile" else None)
    """
    code = "told.clear()\nimport single, empty\nprint(told)\n"
    assert ordinary.run("off", code, first) == "[]\n"
