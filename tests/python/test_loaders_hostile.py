# SPDX-License-Identifier: Apache-2.0
# covers: python/broker/loaders.c
"""Finders that attack: each is one ImportError with a record, and no harm."""

import os

import pytest

import guarded
from loaderplace import FINDER, POLICY, place  # noqa: F401

pytestmark = pytest.mark.workers

HOSTILE = {
    "raises": ("find", "raise ValueError('boo')", "boo"),
    "raises what the host has no type for": ("find", "raise type('Own', (Exception,), {})('own')", "own"),
    "raises an import error": ("find", "raise ModuleNotFoundError('as if')", "as if"),
    "ends itself": ("find", "raise SystemExit(3)", ""),
    "dies": ("find", "import os; os._exit(9)", "worker"),
    "dies of memory": ("find", "x = bytearray(1 << 40)", ""),
    "never answers": ("find", "while True: pass", "did not answer"),
    "answers for another name": ("find", "return ModuleSpec('json', self)", "another module"),
    "answers for a name below": ("find", "return ModuleSpec(name + '.deep', self)", "another module"),
    "a name that is no str": ("find", "s = ModuleSpec(name, self); s.name = 3; return s", "no spec"),
    "a name that says yes": ("find", "class S(str):\n                __eq__ = lambda *a: True\n"
                             "            s = ModuleSpec(S('json'), self); return s", ""),
    "no spec": ("find", "return 5", ""),
    "a list": ("find", "return ['spec', name, True]", ""),
    "no loader": ("find", "return ModuleSpec(name, None)", "no loader"),
    "no source": ("source", "return None", "no source"),
    "code": ("source", "return compile('evil = 1', 'x', 'exec')", "no source"),
    "marshal": ("source", "import marshal; return marshal.dumps(compile('evil = 1', 'x', 'exec'))",
                "no source"),
    "a pyc": ("source", "import marshal; return b'\\xa7\\r\\r\\n' + bytes(12) + "
              "marshal.dumps(compile('evil = 1', 'x', 'exec'))", "no source"),
    "latin-1": ("source", "return b'# coding: latin-1\\nevil = \"\\xe4\"'", "no source"),
    "a NUL": ("source", "return 'evil = 1\\0'", "no source"),
    "surrogates": ("source", "return 'evil = \"\\ud800\"'", ""),
    "gigabytes": ("source", "return b'#' * (100 << 20)", ""),
    "gigabytes of text": ("source", "return '#' * (80 << 20)", ""),
    "a source that never comes": ("source", "while True: pass", "did not answer"),
    "source that is another str": ("source", "return type('S', (str,), {})('evil = 1')", ""),
    "a dict": ("source", "return {'evil': 1}", "no source"),
    "what a terminal obeys": ("find", "raise ValueError('\\x1b[2Jdone\\x9b')", "\\x1b[2Jdone\\u009b"),
}

ATTACK = """
    from importlib.machinery import ModuleSpec
    class Finder:
        def find_spec(self, name, path=None, target=None):
            %s
            s = ModuleSpec(name, self, origin="/etc/passwd", is_package=True)
            s.submodule_search_locations = ["/etc", "acme"]
            return s
        def get_source(self, name):
            %s
        def get_filename(self, name):
            return "/etc/passwd"
"""


@pytest.mark.parametrize("how", sorted(HOSTILE))
def test_what_a_hostile_loader_does_is_one_import_error(place, how):
    where, code, wanted = HOSTILE[how]
    place.policy((POLICY % "source").replace("arguments = one, path:boxes, file:box.txt\n", "") +
                 "\n[sandbox strict]\ndeadline = %s\nmemory = 512M\nrestart = on_next_call\n" %
                 ("1s" if "never" in how else "60s"))
    place.write("acme/finder.py", ATTACK % (
        (code, "return 'good = 1'") if where == "find" else ("pass", code)))
    done = place.install("""
        import os, sys
        try:
            import vault
        except ImportError as error:
            print(type(error).__name__, error.name)
            print(str(error).replace("\\n", " "))
        print("vault" in sys.modules)
    """)
    lines = done.out.splitlines()
    assert done.code == 0 and len(lines) == 3, (done.out, done.err)
    assert lines[0] == "ImportError vault", done.out
    assert lines[1].startswith("vault: [loader v] acme.finder:Finder: "), done.out
    assert wanted in lines[1] and lines[1].isprintable(), done.out
    assert lines[2] == "False"
    record, = done.attempts("vault")
    assert (record["verdict"], record["outcome"]) == ("allow", "failed")
    assert record["importer"] == "__main__"
    assert record["error"].startswith("vault: [loader v] acme.finder:Finder: ")


def test_where_a_loader_says_that_it_is_from_is_not_believed(place):
    place.policy((POLICY % "source").replace("arguments = one, path:boxes, file:box.txt\n", ""))
    place.write("acme/finder.py", ATTACK % ("pass", "return 'def f():\\n    return 1 / 0'"))
    done = place.install("""
        import traceback
        import vault
        print(vault.__file__, vault.__path__, vault.__spec__.origin)
        try:
            vault.f()
        except ZeroDivisionError:
            print("root:" in traceback.format_exc())
        try:
            import vault.finder
        except ImportError:
            print("none")
        else:
            print(vault.finder.__file__)
    """)
    assert done.out.splitlines() == [
        "<loader v>/vault/__init__.py ['<loader v>/vault'] <loader v>/vault/__init__.py",
        "False", "<loader v>/vault/finder/__init__.py"], done.err


@pytest.mark.parametrize("code", ["raise ValueError('boo')", "1", "import vault", "import no_such",
                                  "class Finder:\n    def __init__(self): raise KeyError('x')",
                                  "Finder = 3", "class Finder: pass", "Finder = lambda: None",
                                  "import socket\nsocket.socket()", "while True: pass"])
def test_a_finder_that_cannot_be_made_is_one_import_error(place, code):
    place.policy((POLICY % "source").replace("arguments = one, path:boxes, file:box.txt\n", "") +
                 "\n[sandbox strict]\ndeadline = %s\n" % ("1s" if "while" in code else "60s"))
    place.write("acme/finder.py", code + "\n")
    done = place.install("""
        try:
            import vault
        except ImportError as error:
            print(type(error).__name__, error.name)
    """)
    assert done.out == "ImportError vault\n", (done.out, done.err)
    record, = done.attempts("vault", importer="__main__")
    assert record["outcome"] == "failed"


def test_a_file_that_is_not_there_is_one_import_error(place):
    os.unlink(place.path("box.txt"))
    done = place.install("""
        try:
            import vault
        except ImportError as error:
            print("box.txt" in str(error))
    """)
    assert done.out == "True\n", done.err


@pytest.mark.parametrize("restart", ["never", "on_next_call"])
def test_a_dead_one_is_made_anew_where_its_profile_says_so(place, restart):
    place.policy((POLICY % "source") + "\n[sandbox strict]\nrestart = %s\n" % restart)
    text = guarded.dedent(FINDER).replace(
        "        self.paths.append(path)",
        "        if name == 'vault.kill':\n            import os; os._exit(9)")
    place.write("acme/finder.py", text)
    done = place.install("""
        import vault
        try:
            import vault.kill
        except ImportError as error:
            print("dead")
        try:
            import vault.low
            print(vault.low.twice(2))
        except ImportError as error:
            print("dead")
    """)
    assert done.out == "dead\n%s\n" % ("4" if restart == "on_next_call" else "dead"), done.err


def test_threads_may_ask_at_once(place):
    done = place.install("""
        import importlib, threading
        found = []
        def load(n):
            found.append(importlib.import_module("vault.m%d" % n).twice(n))
        threads = [threading.Thread(target=load, args=(n,)) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(sorted(found))
    """)
    assert done.out == "%r\n" % [2 * n for n in range(12)], done.err


def test_what_is_interrupted_is_interrupted(place):
    place.policy((POLICY % "source").replace("arguments = one, path:boxes, file:box.txt\n", "") +
                 "\n[sandbox strict]\ndeadline = 120s\n")
    place.write("acme/finder.py", ATTACK % ("while True: pass", "pass"))
    done = place.install("""
        import _thread, os, signal, threading
        try:
            threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
            import vault
        except KeyboardInterrupt:
            print("interrupted")
    """)
    assert done.out == "interrupted\n", done.err


def test_a_finder_that_cannot_be_made_leaves_no_worker_behind(place):
    place.policy((POLICY % "source").replace("arguments = one, path:boxes, file:box.txt\n", ""))
    place.write("acme/finder.py", "x = 1\n")
    done = place.install("""
        import gc
        for i in range(3):
            try:
                import vault
            except ImportError as error:
                assert "no attribute" in str(error), error
            error = None
        print([o for o in gc.get_objects() if type(o).__name__ == "Worker"])
    """)
    assert done.out == "[]\n", (done.out, done.err)
