# SPDX-License-Identifier: Apache-2.0
"""The rest of a process's life: long ones, and interpreters within it."""
# covers: python/object/state.c, python/object/words.c, python/process/interpreter.c
# covers: python/later/carrier.c, python/asks/home.c

import os
import sys

import pytest

from guarded import Place

# What grows with every round is a leak; what is kept once is none. Blocks are
# Python's own, the rest is of the C library.
LOOP = """\
import gc, importlib, sys
import library, plugin


def used():
    gc.collect()
    with open("/proc/self/statm") as file:
        return sys.getallocatedblocks(), int(file.read().split()[1]) * 4


def round():
{body}


for _ in range(1000):
    round()
before = used()
for _ in range(10000):
    round()
after = used()
print(after[0] - before[0], after[1] - before[1])
"""

BODIES = {
    "cached": "import json, library",
    "missing": """
try:
    import not_there
except ImportError:
    pass""",
    "denied": """
try:
    import denied
except ImportError:
    pass""",
    "denied to one": "plugin.tries()",
    "again": """
del sys.modules["library"]
import library""",
    "reload": "importlib.reload(library)",
    "package": """
del sys.modules["package.inner"], sys.modules["package"]
import package.inner""",
    "generated": "exec(\"import json\", {})",
    "found": "importlib.util.find_spec('library')",
    "thread": "plugin.starts()",
    "executor": "pool.submit(str, 1).result()",
    "loop": "loop.call_soon(str); loop.call_soon(loop.stop); loop.run_forever()",
    "finalizer": "weakref.finalize(Thing(), str)",
    "exit": "atexit.register(str); atexit.unregister(str)",
}

HEAD = """\
import asyncio, atexit, weakref, importlib.util, package.inner
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
loop = asyncio.new_event_loop()
class Thing:
    pass
"""

POLICY = """\
default = allow
trusted = @stdlib
audit = file:/dev/null
[modules]
denied = deny
[modules from plugin]
secret = deny
"""

PLUGIN = """\
import threading


def tries():
    try:
        import secret
    except ImportError:
        pass


def starts():
    thread = threading.Thread(target=str)
    thread.start()
    thread.join()
"""


@pytest.mark.parametrize("what", sorted(BODIES))
def test_ten_thousand_of_them_leave_nothing(tmp_path, what):
    place = Place(tmp_path)
    place.policy(POLICY)
    place.files({"library.py": "import json\n", "plugin.py": PLUGIN, "secret.py": "",
                 "package/__init__.py": "", "package/inner.py": "from . import __name__\n"})
    body = "\n".join("    " + line for line in BODIES[what].strip("\n").split("\n"))
    head = "global library, package\n" if what in ("again", "package") else ""
    main = HEAD + LOOP.format(body=("    " + head if head else "") + body)
    place.write("main.py", "import stockade\nstockade.install('policy.ini')\n" + main)
    done = place.spawn([sys.executable, "main.py"])
    assert done.code == 0, done.err
    blocks, kilobytes = map(int, done.out.split())
    assert blocks < 500, done.out
    # a sanitizer keeps what was freed for a while
    assert kilobytes < 1500 or os.environ.get("STOCKADE_SANITIZE"), done.out


INTERPRETERS = """\
import sys
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters


def run(other, text):
    try:
        error = interpreters.run_string(other, text)
        return error and error.msg
    except Exception as error:
        return str(error)


for _ in range(3):
    other = interpreters.create()
    print(run(other, "import sys"), "colorsys" in str(run(other, "import colorsys")))
    interpreters.destroy(other)
print("goes on")
"""


@pytest.mark.parametrize("settings", [
    "default = deny\ntrusted = @stdlib\n",
    "default = deny\n",
    "default = deny\nchildren = deny\nfinders = ours\n",
])
@pytest.mark.parametrize("how", ["install", "run"])
def test_no_denial_aborts_the_start_of_an_interpreter(tmp_path, how, settings):
    """Py_NewInterpreter() ends the process where its site cannot be imported."""
    place = Place(tmp_path)
    place.policy(
        settings + "[modules]\nsys = allow\n_xxsubinterpreters = allow\n_interpreters = allow\n")
    if how == "install":
        done = place.install(INTERPRETERS)
    else:
        done = place.run(place.write("main.py", INTERPRETERS))
    assert done.code == 0, done.err
    assert done.out.splitlines() == ["None True"] * 3 + ["goes on"], done.err


# From 3.12 on an interpreter has memory of its own: what another one gives
# back ends the process.
OF_ITS_OWN = """\
import sys
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters


def run(other, text):
    error = interpreters.run_string(
        other, "import sys; sys.path[:] = %r\\n" % sys.path + text)
    assert not error, error.msg


other = interpreters.create()
{body}
interpreters.destroy(other)
{after}
print("goes on")
"""


@pytest.mark.parametrize("body, after", [
    # a namespace package executes nothing: what reload() found is left over
    ("import importlib, space\n"
     "run(other, 'import importlib, space; importlib.reload(space)')\n"
     "importlib.reload(space)\n"
     "run(other, 'importlib.reload(space)')",
     "importlib.reload(space)"),
    # the last to reload there was the one that is gone
    ("import importlib, space\n"
     "run(other, 'import importlib, space; importlib.reload(space)')",
     "importlib.reload(space)"),
    # while a module's body runs here, others are imported there
    ("import sys\nsys.run, sys.other = run, other\nimport runs", "import runs, tail"),
])
def test_what_an_interpreter_keeps_is_its_own_to_give_back(tmp_path, body, after):
    place = Place(tmp_path)
    place.policy("default = allow\n[modules]\ncolorsys = deny\n")
    os.mkdir(place.path("space"))
    place.write("runs.py", """
        import sys
        import first
        sys.run(sys.other, "import second\\nimport quopri, tail")
        import second
        """)
    for name in ("first", "second", "tail"):
        place.write(name + ".py", "import json\n\n\nimport textwrap\n")
    done = place.install(OF_ITS_OWN.format(body=body, after=after))
    assert done.code == 0, done.err
    assert done.out == "goes on\n"


def test_who_may_not_make_an_interpreter_makes_none(tmp_path):
    place = Place(tmp_path)
    place.policy(
        "default = allow\n[modules from plugin]\n_xxsubinterpreters = deny\n_interpreters = deny\n"
        "_interpchannels = deny\n")
    place.write("plugin.py", """
        import importlib
        def tries(name):
            try:
                return importlib.import_module(name)
            except ImportError as error:
                return type(error).__name__
        got = {tries("_xxsubinterpreters"), tries("_interpreters")}
        """)
    done = place.install(
        """
        try:
            import _xxsubinterpreters
        except ImportError:
            import _interpreters
        import plugin
        print(plugin.got)
        """)
    assert done.out == "{'ImportDenied'}\n", done.err


def test_a_fork_in_a_thread_of_many_is_guarded(tmp_path):
    place = Place(tmp_path)
    place.policy("default = allow\n[modules]\ncolorsys = deny\n")
    done = place.install(
        """
        import os, threading, sys
        def child():
            try:
                import colorsys
            except ImportError:
                os._exit(7)
            os._exit(0)
        def forks():
            pid = os.fork()
            if not pid:
                child()
            codes.append(os.waitpid(pid, 0)[1] >> 8)
        codes = []
        threads = [threading.Thread(target=forks) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(codes)
        """)
    assert done.out == "%s\n" % ([7] * 8), done.err
    assert len({r["pid"] for r in done.attempts("colorsys", verdict="deny")}) == 8
