# SPDX-License-Identifier: Apache-2.0
# covers: worker/importing.c
# covers: worker/words.c
"""In a worker a module is the same, whether importlib imports it or C does.

With threads importlib does: somebody may wait for what another one imports.
"""

import pytest

import guarded

pytestmark = pytest.mark.workers

POLICY = """
    default = allow
    trusted = @stdlib

    [modules]
    plugins = allow
    plugins.* = sandbox:box

    [sandbox box]
    syscalls = %s
"""

FILES = {
    "plugins/__init__.py": "",
    "helper.py": '"""Helps."""\nfrom json import dumps\n',
    "bundle/__init__.py": "from . import inner\n",
    "bundle/inner.py": "from . import __name__ as above\n",
    "broken.py": "x = 1\n1 / 0\n",
    "syntax.py": "x = = 1\n",
    "nul.py": "x = 1\0\n",
    "replaced.py": "import sys\nsys.modules[__name__] = [1, 2]\n",
    "gone.py": "import sys\ndel sys.modules[__name__]\n",
    "alone.py": "value = 1\n",
    "within.py": "import sys\nown = sys.modules[__name__].__spec__._initializing\n",
    "first.py": "started = True\nimport second\nended = True\n",
    "second.py": "import first\nseen = hasattr(first, 'started'), hasattr(first, 'ended')\n",
}

CHECKS = {
    "attributes": """
        for name in "helper", "bundle", "bundle.inner", "json", "textwrap", "math", "string", __name__:
            module = importlib.import_module(name)
            spec = module.__spec__
            told([(k, str(v)) for k, v in vars(module).items() if k[:2] == "__" and k != "__builtins__"
                  and " at 0x" not in str(v)])
            told([(k, getattr(spec, k)) for k in ("name", "origin", "parent", "cached", "has_location",
                                                  "_initializing")], "__builtins__" in vars(module))
            told(sys.modules[name] is module, str(module).split(" at 0x")[0])
    """,
    "failures": """
        for name in "broken", "syntax", "nul", "replaced", "gone", "nothing", "bundle.nothing", "helper.x":
            try:
                told(importlib.import_module(name))
            except Exception as e:
                told(type(e).__name__, str(e), getattr(e, "name", None), name in sys.modules)
    """,
    "halted": """
        sys.modules["helper"] = None
        try:
            import helper
        except ImportError as e:
            told(str(e))
    """,
    "while it is imported": """
        import within, first
        told(within.own, first.second.seen)
    """,
    "a finder of the plugin's": """
        class Finder:
            def find_spec(self, name, path=None, target=None):
                told(name, path)
        sys.meta_path.append(Finder())
        try:
            import nothing
        except ImportError as e:
            told(str(e))
        sys.meta_path.insert(0, Finder())
        import alone
        told(alone.value)
    """,
}


def outcome(folder, calls, check):
    place = guarded.Place(folder)
    place.policy(POLICY % calls)
    place.files(FILES)
    place.write("plugins/a.py", "import sys, importlib\nlines = []\ndef told(*what):\n    lines.append(repr(what))\n"
                "def check():\n" + "".join("    %s\n" % line for line in
                                           guarded.dedent(check).splitlines()) + "    return lines\n")
    done = place.install("import plugins.a\nprint(*plugins.a.check(), sep='\\n')\n")
    assert done.out.strip(), done.err
    return done.out.replace(str(folder), "FOLDER")


@pytest.mark.parametrize("what", CHECKS)
def test_it_is_the_same_by_importlib(tmp_path, what):
    quick = outcome(tmp_path / "quick", "@buffers", CHECKS[what])
    assert quick == outcome(tmp_path / "slow", "@threads", CHECKS[what])


def test_threads_of_a_worker_wait_for_each_others_answers(tmp_path):
    place = guarded.Place(tmp_path)
    place.policy(POLICY % "@threads" + "    preload = threading\n    processes = 4\n    deadline = 60s\n")
    place.write("plugins/__init__.py", "")
    place.write("plugins/a.py", """
        import threading
        stop, seen, threads = [], set(), []
        def ask(n, call):
            for i in range(500):
                if stop:
                    break
                try:
                    __import__("no_such_%d_%d" % (n, i % 50))
                    call()
                except Exception as error:
                    seen.add(type(error).__name__)
        def begin(call):
            threads.extend(threading.Thread(target=ask, args=(n, call)) for n in range(3))
            for one in threads:
                one.start()
        def work(n):
            for i in range(10):
                try:
                    __import__("none_%d" % i)
                except ModuleNotFoundError:
                    pass
            return n
        def end():
            stop.append(1)
            for one in threads:
                one.join()
            return sorted(seen)
    """)
    done = place.install("""
        import plugins.a as a
        a.begin(len)
        print([a.work(n) for n in range(20)] == list(range(20)))
        print(*[name for name in a.end() if name not in ("ModuleNotFoundError", "RuntimeError", "ImportError", "TypeError")])
    """)
    assert done.out == "True\n\n", (done.out, done.err)
