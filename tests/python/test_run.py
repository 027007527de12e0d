# SPDX-License-Identifier: Apache-2.0
"""A program under `stockade run` and under `python -m stockade run` says and
does what it says and does under python3."""
# covers: python/process/run.c, python/process/package.c

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import pytest

import clitool
from guarded import BUILD, Place, dedent, environment

VERSION = "%d.%d" % sys.version_info[:2]


@pytest.fixture(scope="module")
def python():
    """The python3 that the build is for."""
    told, _ = clitool.answer("doctor")
    return told["python"]["executable"]


def command(how, python, argv):
    if how == "plain":
        return [python, *argv]
    if how == "wheel":
        return [python, "-m", "stockade", "run", "-p", "allow.ini", *argv]
    return [os.path.join(BUILD, "stockade"), "run", "-p", "allow.ini", *argv]


POLICY = "[stockade]\nversion = 1\ndefault = allow\nshadowing = allow\n"
MISSED = re.compile(r"stockade: installed after \d+ modules were imported[^\n]*\n")


class Runner:
    """One folder of files, in which a command line is run in each way."""

    plain = {}  # what python3 said, for the second comparison

    def __init__(self, folder, python):
        self.place = Place(folder)
        self.folder = self.place.folder
        self.python = python
        with open(self.place.path("allow.ini"), "w") as file:
            file.write(POLICY)

    def run(self, how, argv, **kwargs):
        env = environment()
        env.pop("VIRTUAL_ENV", None)
        env.update(kwargs.pop("env", {}))
        kwargs.setdefault("input", b"")
        done = subprocess.run(
            command(how, self.python, argv), cwd=self.folder, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={key: value for key, value in env.items() if value is not None}, **kwargs)
        err = done.stderr.decode(errors="backslashreplace")
        if how == "wheel":
            err, n = MISSED.subn("", err, count=1)
            assert n == 1, err
            # the children of a fork may say it again from their buffers
        return done.returncode, done.stdout.decode(errors="backslashreplace"), err

    def content(self):
        """Every file and what is in it."""
        found = []
        for folder, _, names in sorted(os.walk(self.folder)):
            for name in sorted(names):
                path = os.path.join(folder, name)
                try:
                    with open(path, "rb") as file:
                        data = file.read()
                except PermissionError:
                    data = None
                found.append((path, os.path.islink(path), data))
        return found

    def compare(self, how, argv, but=lambda text: text, **kwargs):
        key = repr((self.python, argv, sorted(kwargs.items()), self.content()))
        plain = self.plain.get(key) or self.run("plain", argv, **kwargs)
        self.plain[key] = plain
        ours = self.run(how, argv, **kwargs)
        for mine, theirs in zip(ours, plain):
            if isinstance(mine, str):
                assert steady(but(mine)) == steady(but(theirs))
            else:
                assert mine == theirs, ours
        return plain


def without_lines(text):
    """From 3.13 on, tracebacks show the lines of what is no file."""
    return re.sub(r'(  File "<(?:string|stdin)>", line \d+, in .*\n)(    .*\n)+', r"\1", text)


def steady(text):
    """Without what differs from run to run."""
    text = re.sub(r"0x[0-9a-f]{6,}", "0x", text)
    text = re.sub(r"Thread-\d+", "Thread-N", text)
    text = re.sub(r"repeated \d+ more times", "repeated", text)
    return re.sub(r"pid=\d+", "pid=", text)


@pytest.fixture
def runner(tmp_path_factory, python):
    """Always the same folder: its path is in what programs say."""
    folder = tmp_path_factory.getbasetemp() / "program"
    folder.mkdir()
    yield Runner(folder, python)
    shutil.rmtree(str(folder))


HOW = pytest.mark.parametrize("how", ["run", "wheel"])

# ---- what a program sees of itself ------------------------------------------

FACTS = """
import sys, os, json
here = sys.modules["__main__"]
def shown(value):
    if isinstance(value, (str, int, type(None), dict)):
        return value
    if type(value).__name__ == "ModuleSpec":
        return ["spec", value.name, value.origin, value.cached, value.parent,
                type(value.loader).__name__, value.submodule_search_locations]
    return getattr(value, "__name__", type(value).__name__)
facts = {
    "names": sorted(k for k in vars(here) if k.startswith("__")),
    "values": {k: shown(v) for k, v in vars(here).items()
               if k.startswith("__") and k != "__builtins__"},
    "builtins": type(__builtins__).__name__,
    "argv": sys.argv,
    "path": sys.path,
    "flags": str(sys.flags),
    "executable": sys.executable,
    "prefixes": [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix],
    "streams": [[s and [s.encoding, s.errors, s.line_buffering, s.name, s.isatty()]
                 for s in (sys.stdin, sys.stdout, sys.stderr)]],
    "encodings": [sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(),
                  sys.getdefaultencoding()],
    "warnoptions": [sys.warnoptions, str(sys._xoptions)],
    "others": [sys.dont_write_bytecode, getattr(sys, "pycache_prefix", 0), sys.version,
               sys.getrecursionlimit(), sys.platlibdir if sys.version_info > (3, 9) else 0,
               sys.getswitchinterval(), os.environ.get("LC_CTYPE"), os.getcwd(),
               sys.implementation.cache_tag],
    "handlers": [str(sys.displayhook), str(sys.excepthook), str(sys.unraisablehook)],
    "importers": [f.__module__ if isinstance(f, type) else type(f).__name__
                  for f in sys.path_hooks],
    "meta": [getattr(f, "__name__", type(f).__name__) for f in sys.meta_path
             if "tockade" not in repr(f)],
    "threads": len(sys._current_frames()),
    "open": sorted(os.listdir("/proc/self/fd"))[:3],
}
facts["names"] = facts["names"]
if ORIG:
    facts["orig_argv"] = getattr(sys, "orig_argv", 0)
print(json.dumps(facts, indent=1, sort_keys=True))
"""

WAYS = {
    "a script": ["facts.py", "one", "-two", "--help", ""],
    "a script by its path": ["./sub/../facts.py"],
    "a script in a folder": ["sub/inner.py", "x"],
    "a script behind a link": ["link.py"],
    "a script without an ending": ["facts"],
    "a module": ["-m", "facts", "one", "-x"],
    "a module in a package": ["-m", "pack.inner", "one"],
    "a package": ["-m", "pack", "one", "--", "-m"],
    "a folder": ["pack", "one"],
    "a folder with a slash": ["pack/", "one"],
    "a zip": ["pack.zip", "one"],
    "a zip in a folder": ["sub/pack.zip"],
    "standard input": ["-", "one", "-x"],
    "undecodable arguments": ["facts.py", b"\xff\xfe", "é", "\n"],
}


def lay_out(runner, facts):
    for name in ("facts.py", "facts", "sub/inner.py", "pack/__main__.py", "pack/inner.py"):
        runner.place.write(name, facts)
    runner.place.write("pack/__init__.py", "")
    os.symlink("sub/inner.py", runner.place.path("link.py"))
    for name in ("pack.zip", "sub/pack.zip"):
        with zipfile.ZipFile(runner.place.path(name), "w") as archive:
            archive.writestr("__main__.py", dedent(facts))


@HOW
@pytest.mark.parametrize("way", sorted(WAYS))
def test_a_program_finds_itself_as_under_python3(runner, how, way):
    facts = dedent(FACTS).replace("ORIG", str(how == "run"))
    lay_out(runner, facts)
    code, out, err = runner.compare(
        how, WAYS[way], input=facts.encode() if WAYS[way][0] == "-" else b"")
    assert (code, err) == (0, "")
    json.loads(out)


@HOW
def test_a_string_finds_itself_as_under_python3(runner, how):
    facts = dedent(FACTS).replace("ORIG", "False")
    assert runner.compare(how, ["-c", facts, "one", "-c"])[0] == 0


ENVIRONMENTS = {
    "PYTHONUNBUFFERED": "1", "PYTHONOPTIMIZE": "2", "PYTHONWARNINGS": "error::UserWarning,ignore",
    "PYTHONIOENCODING": "latin-1:replace", "PYTHONUTF8": "1", "PYTHONHASHSEED": "7",
    "PYTHONSAFEPATH": "1", "PYTHONNOUSERSITE": "1", "PYTHONFAULTHANDLER": "1",
    "PYTHONDEVMODE": "1", "PYTHONPYCACHEPREFIX": "cache", "PYTHONSTARTUP": "nothing.py",
    "PYTHONDONTWRITEBYTECODE": None, "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C",
    "LANG": "C.UTF-8", "PYTHONTRACEMALLOC": "3", "PYTHONDEBUG": "", "PYTHONINTMAXSTRDIGITS": "700",
    "PYTHONUSERBASE": "base", "PYTHONBREAKPOINT": "0", "PYTHONLEGACYWINDOWSSTDIO": "1",
    "PYTHONMALLOC": "malloc", "PYTHONNODEBUGRANGES": "1", "PYTHONWARNDEFAULTENCODING": "1",
}


@HOW
@pytest.mark.parametrize("variable", sorted(ENVIRONMENTS))
def test_the_environment_means_what_it_means_to_python3(runner, how, variable):
    facts = dedent(FACTS).replace("ORIG", "False")
    runner.place.write("facts.py", facts + "print(hash('text') if %r == 'PYTHONHASHSEED' else 0)\n"
                       % variable + "print(ascii(input()), 'h\\xe9')\nassert False\n")
    env = {variable: ENVIRONMENTS[variable]}
    if variable == "PYTHONCOERCECLOCALE":
        env["LC_ALL"] = ""
        env["LC_CTYPE"] = "C"
    code, _, _ = runner.compare(how, ["facts.py"], env=env, input="t\xe9xt\n".encode("latin-1"))
    assert code == (0 if variable == "PYTHONOPTIMIZE" else 1)


@HOW
def test_an_inspecting_prompt_follows_the_program(runner, how):
    for source in ("x = 5", "raise SystemExit(3)", "1 / 0"):
        runner.compare(
            how, ["-c", source], but=without_lines, env={"PYTHONINSPECT": "1"},
            input=b"print(x * 2)\n")


def test_the_isolation_of_the_interpreter_is_that_of_the_options_it_has(runner):
    """run has none of python3's own options: what follows is the program's."""
    code, _, err = runner.run("run", ["-I", "facts.py"])
    assert code == 2
    assert "unknown option -I" in err


# ---- how it ends ------------------------------------------------------------

ENDS = {
    "nothing": "",
    "a division": "1 / 0",
    "an error in a function of a module": "import helper\nhelper.fail()",
    "an error while a module loads": "import broken",
    "a chain": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('x') from e",
    "a context": "try:\n    1 / 0\nexcept ZeroDivisionError:\n    {}['x']",
    "a syntax error": "print('never')\ndef\n",
    "a syntax error in a module": "import unfinished",
    "a recursion": "def f(n):\n    return f(n + 1)\nf(0)",
    "an absent module": "import absent_one.two",
    "an absent name": "from json import absent_name",
    "an error without words": "raise RuntimeError",
    "an error of many lines": "raise RuntimeError('one\\ntwo')",
    "a class that cannot be shown": (
        "class E(Exception):\n    def __str__(self):\n        1 / 0\nraise E"),
    "an old hook": "import sys\nsys.excepthook = lambda *a: print('HOOK', a[0], a[1])\n1 / 0",
    "a hook that fails": "import sys\ndef hook(*a):\n    {}['x']\nsys.excepthook = hook\n1 / 0",
    "no hook": "import sys\ndel sys.excepthook\n1 / 0",
    "no stderr": "import sys\nsys.stderr = None\n1 / 0",
    "last_value": (
        "import atexit, sys\n"
        "atexit.register(lambda: print(type(getattr(sys, 'last_value', None))))\n1 / 0"),
    "exit": "exit()",
    "quit 3": "quit(3)",
    "SystemExit": "raise SystemExit",
    "SystemExit 0": "raise SystemExit(0)",
    "SystemExit 3": "raise SystemExit(3)",
    "SystemExit 256": "raise SystemExit(256)",
    "SystemExit 511": "raise SystemExit(511)",
    "SystemExit -1": "raise SystemExit(-1)",
    "SystemExit of a huge number": "raise SystemExit(1 << 70)",
    "SystemExit True": "raise SystemExit(True)",
    "SystemExit of a text": "raise SystemExit('w\\xf6rds')",
    "SystemExit of a float": "raise SystemExit(1.5)",
    "SystemExit of a tuple": "raise SystemExit(1, 2)",
    "SystemExit of a SystemExit": "raise SystemExit(SystemExit(4))",
    "SystemExit with a code of its own": (
        "class E(SystemExit):\n    code = 6\nraise E(3)"),
    "SystemExit in a module": "import leaving",
    "SystemExit in a function": "import sys\ndef f():\n    sys.exit(8)\nf()",
    "SystemExit while another stands": "try:\n    1 / 0\nfinally:\n    raise SystemExit(9)",
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "a KeyboardInterrupt with words": "raise KeyboardInterrupt('words')",
    "a KeyboardInterrupt of a subclass": "class K(KeyboardInterrupt): pass\nraise K",
    "BaseException": "raise BaseException('base')",
    "GeneratorExit": "raise GeneratorExit",
    "SIGINT": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nwhile True: pass",
    "SIGINT in a module": "import waiting",
    "SIGINT ignored": (
        "import os, signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "os.kill(os.getpid(), signal.SIGINT)\nprint('lives')"),
    "SIGTERM": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nwhile True: pass",
    "SIGKILL": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "SIGHUP": "import os, signal\nos.kill(os.getpid(), signal.SIGHUP)\nwhile True: pass",
    "SIGPIPE": "import os\nr, w = os.pipe()\nos.close(r)\nos.write(w, b'x')",
    "SIGXFSZ": (
        "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "open('big', 'w').write('x' * 100)"),
    "the dispositions": (
        "import signal\nprint([str(signal.getsignal(n)) for n in range(1, 32)],"
        " signal.pthread_sigmask(signal.SIG_BLOCK, []))"),
    "os._exit": "import os\nprint('flushed', flush=True)\nos._exit(11)",
    "os.abort": "import os\nos.abort()",
    "atexit": "import atexit\natexit.register(print, 'bye')\nprint('hi')",
    "atexit that fails": "import atexit\natexit.register(lambda: 1 / 0)",
    "atexit that exits": "import atexit, sys\natexit.register(sys.exit, 5)",
    "atexit after an error": "import atexit\natexit.register(print, 'bye')\n1 / 0",
    "__del__ at the end": (
        "class A:\n    def __del__(self):\n        print('gone')\na = A()"),
    "__del__ that fails": (
        "class A:\n    def __del__(self):\n        1 / 0\na = A()\ndel a\nprint('on')"),
    "a thread": "import threading\nt = threading.Thread(target=print, args=('t',))\nt.start()",
    "a thread that outlives the main one": (
        "import threading, time\ndef f():\n    time.sleep(.2)\n    print('late')\n"
        "threading.Thread(target=f).start()\nprint('main')"),
    "a daemon thread": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(100,), daemon=True).start()\nprint('main')"),
    "a thread that fails": (
        "import threading\ndef f():\n    1 / 0\nt = threading.Thread(target=f)\nt.start()\nt.join()"),
    "a thread that exits": (
        "import threading, sys\nt = threading.Thread(target=sys.exit, args=(5,))\nt.start()\nt.join()"),
    "a thread that is left when main fails": (
        "import threading, time\ndef f():\n    time.sleep(.2)\n    print('late')\n"
        "threading.Thread(target=f).start()\n1 / 0"),
    "a thread of the lowest kind": (
        "import _thread, time\n_thread.start_new_thread(print, ('low',))\ntime.sleep(.2)"),
    "a pool": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(2) as p:\n    print(list(p.map(abs, [-1, -2])))"),
    "asyncio": "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    print('ran')\nasyncio.run(f())",
    "asyncio that is interrupted": (
        "import asyncio, os, signal\nasync def f():\n    os.kill(os.getpid(), signal.SIGINT)\n"
        "    await asyncio.sleep(5)\nasyncio.run(f())"),
    "a fork": (
        "import os\npid = os.fork()\nif not pid:\n    print('child', flush=True)\n    raise SystemExit(3)\n"
        "print(os.waitpid(pid, 0)[1] >> 8)"),
    "a fork that fails": (
        "import os, sys\npid = os.fork()\nif not pid:\n    1 / 0\n"
        "print(os.waitpid(pid, 0)[1] >> 8)"),
    "multiprocessing": (
        "import multiprocessing as m\nif __name__ == '__main__':\n    c = m.get_context('fork')\n"
        "    with c.Pool(2) as p:\n        print(p.map(abs, [-3, -4]))"),
    "multiprocessing by spawn": (
        "import multiprocessing as m\nif __name__ == '__main__':\n    c = m.get_context('spawn')\n"
        "    with c.Pool(1) as p:\n        print(p.map(abs, [-3, -4]))"),
    "a program of its own": (
        "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'print(1)'],"
        " stdout=subprocess.PIPE).stdout)"),
    "pickles of its own classes": (
        "import pickle\nclass A:\n    pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)"),
    "a stack": (
        "import traceback, inspect\ndef f():\n    return traceback.format_stack()[-1], inspect.stack()[0][3]\n"
        "print(f())"),
    "its source": "import inspect\ndef f():\n    return 1\nprint(inspect.getsource(f))",
    "a warning": "import warnings\nwarnings.warn('careful')",
    "a deprecation": "import warnings\nwarnings.warn('old', DeprecationWarning)",
    "a resource that is left": "open('helper.py')",
    "unflushed words": "import sys\nsys.stdout.write('no newline')",
    "an encoding line": "# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))",
    "a future": "from __future__ import annotations\ndef f(x: absent): pass\nprint(f.__annotations__)",
    "annotations": "x: int = 5\nprint(__annotations__)",
    "a doc": "'''Words.'''\nprint(__doc__)",
    "its name": "print(__name__, __file__ if '__file__' in dir() else None)",
    "an import of __main__": "import __main__\nx = 5\nprint(__main__.x)",
    "breakpoint": "import sys\nsys.breakpointhook = lambda: print('stop')\nbreakpoint()",
    "a trace": "import sys\nprint(sys.gettrace(), sys.getprofile())",
    "a gc": "import gc\nprint(gc.isenabled(), gc.get_threshold(), len(gc.garbage))",
    "a hidden import": "print(__import__('json').__name__)",
    "compile and exec": "exec(compile('x = 1', 'f', 'exec'))\nprint(x)",
    "runpy": "import runpy\nprint(sorted(runpy.run_path('helper.py'))[-1])",
    "faulthandler": "import faulthandler, sys\nprint(faulthandler.is_enabled())",
    "input": "print(input('? ').upper())",
    "input at the end": "input()\ninput()",
    "the rest of stdin": "import sys\nprint(sys.stdin.read().split())",
}

# Where a hook fails or is gone, Python shows our frames below the program's.
OUR_FRAMES_SHOW = {"no hook", "a hook that fails"}
HELPERS = {
    "helper.py": "def fail():\n    raise ValueError('helper')\n",
    "broken.py": "value = 1\nraise OSError(2, 'broken')\n",
    "unfinished.py": "def f(:\n",
    "leaving.py": "import sys\nsys.exit(7)\n",
    "waiting.py": "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nwhile True: pass\n",
}
SIGNALS = {
    "KeyboardInterrupt": signal.SIGINT, "SIGINT": signal.SIGINT, "SIGINT in a module": signal.SIGINT,
    "SIGTERM": signal.SIGTERM, "SIGKILL": signal.SIGKILL, "SIGHUP": signal.SIGHUP,
    "os.abort": signal.SIGABRT,
}


@HOW
@pytest.mark.parametrize("end", sorted(ENDS))
def test_a_script_ends_as_under_python3(runner, how, end):
    runner.place.files(HELPERS)
    with open(runner.place.path("main.py"), "w", encoding="latin-1") as file:
        file.write(ENDS[end])
    if how == "wheel" and end in OUR_FRAMES_SHOW:
        code, out, err = runner.run(how, ["main.py"])
        assert (code, out) == (1, "") and err.endswith("ZeroDivisionError: division by zero\n")
        return
    code, _, _ = runner.compare(how, ["main.py"], input=b"line\nmore\n")
    if end in SIGNALS:
        assert code == -SIGNALS[end]


FEW = [
    "nothing", "a division", "an error in a function of a module", "an error while a module loads",
    "a syntax error", "SystemExit 3", "SystemExit of a text", "KeyboardInterrupt", "SIGINT",
    "an absent module", "a recursion", "atexit", "a thread that outlives the main one",
    "a stack", "its name", "__del__ at the end", "multiprocessing by spawn",
    "pickles of its own classes", "a warning", "an import of __main__"]
FEWER = [
    "a division", "a syntax error", "SystemExit 3", "KeyboardInterrupt", "an absent module",
    "its name", "multiprocessing by spawn"]


@pytest.mark.parametrize("how, end", [("run", end) for end in FEW] +
                         [("wheel", end) for end in FEWER])
def test_a_string_ends_as_under_python3(runner, how, end):
    runner.place.files(HELPERS)
    runner.compare(how, ["-c", ENDS[end]], but=without_lines, input=b"line\nmore\n")


def without_runpy(text):
    """`python -m stockade` is run by runpy itself: what it ran is not."""
    return re.sub(r'  File "<?(frozen )?[^"\n]*runpy[^"\n]*", line .*\n(    .*\n)*', "", text)


WAYS_TO_END = [("run", "-m module", end) for end in FEW]
WAYS_TO_END += [("wheel", "-m module", end) for end in FEWER]
WAYS_TO_END += [(how, way, end) for way in ("-m package", "folder", "zip", "-")
                for how, ends in (("run", FEWER), ("wheel", FEWER[:3])) for end in ends]


@pytest.mark.parametrize("how, way, end", WAYS_TO_END)
def test_a_module_ends_as_under_python3(runner, how, way, end):
    runner.place.files(HELPERS)
    runner.place.files({"module.py": ENDS[end], "package/__init__.py": "",
                        "package/__main__.py": ENDS[end]})
    with zipfile.ZipFile(runner.place.path("archive.zip"), "w") as archive:
        archive.writestr("__main__.py", dedent(ENDS[end]))
    argv = {"-m module": ["-m", "module"], "-m package": ["-m", "package"],
            "folder": ["package"], "zip": ["archive.zip"], "-": ["-"]}[way]
    given = ENDS[end].encode() if way == "-" else b""
    if end == "multiprocessing by spawn" and way in ("zip", "-"):
        pytest.skip("python3 cannot do that either")

    def but(text):
        text = without_runpy(text) if how == "wheel" else text
        return without_lines(text)

    runner.compare(how, argv, but=but, input=given)


# ---- what is no program -----------------------------------------------------

NONE = {
    "a missing script": ["none.py"],
    "a missing script in a missing folder": ["none/none.py"],
    "a folder without __main__": ["empty"],
    "a zip without __main__": ["empty.zip"],
    "a missing module": ["-m", "none"],
    "a missing submodule": ["-m", "package.none"],
    "a package without __main__": ["-m", "bare"],
    "a module of a module": ["-m", "helper.sub"],
    "a module in a package that fails": ["-m", "failing.sub"],
    "a relative module": ["-m", ".helper"],
    "a module with an ending": ["-m", "helper.py"],
    "a builtin module": ["-m", "sys"],
    "a script with a NUL": ["nul.py"],
    "a script that is no UTF-8": ["latin.py"],
    "a script of UTF-16": ["utf16.py"],
    "a script that is none": ["binary"],
    "an empty script": ["empty.py"],
    "an empty name": [""],
    "a syntax error in a string": ["-c", "def"],
    "an empty string": ["-c", ""],
    "a string with a newline": ["-c", "print(1)\nprint(2)"],
    "an indented string": ["-c", "  print(1)"],
}


# Only python3's own reader of files has other words for these than compile().
READ_AS_BYTES = {"a script with a NUL", "a script that is no UTF-8", "a script of UTF-16",
                 "a script that is none"}


@HOW
@pytest.mark.parametrize("what", sorted(NONE))
def test_what_is_no_program_is_told_as_under_python3(runner, how, what):
    place = runner.place
    place.files(HELPERS)
    place.files({"bare/__init__.py": "", "package/__init__.py": "",
                 "failing/__init__.py": "1 / 0\n", "failing/sub.py": ""})
    os.mkdir(place.path("empty"))
    with zipfile.ZipFile(place.path("empty.zip"), "w") as archive:
        archive.writestr("other.py", "")
    for name, data in {"nul.py": b"print(1)\n\0\n", "latin.py": b"x = '\xe9'\n",
                       "utf16.py": "print(1)\n".encode("utf-16"), "binary": b"\x7fELF\1\2\3\0\0",
                       "empty.py": b""}.items():
        with open(place.path(name), "wb") as file:
            file.write(data)

    if how == "wheel" and what in READ_AS_BYTES:
        code, out, err = runner.run(how, NONE[what])
        assert (code, out) == (1, "") and "Error: " in err
        return
    # 3.9 and 3.10 join an empty name to the folder, and say so with a slash
    runner.compare(how, NONE[what], but=lambda text: (
        without_runpy(text).replace("/'\n", "'\n") if how == "wheel" else text))


@HOW
@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_script_is_told_as_under_python3(runner, how):
    runner.place.write("main.py", "")
    os.chmod(runner.place.path("main.py"), 0)
    code, _, err = runner.compare(how, ["main.py"])
    assert code == 2 and "Permission denied" in err


@HOW
def test_compiled_code_is_a_script(runner, how):
    import importlib.util
    import py_compile
    runner.place.write("main.py", "import sys\nprint(__file__, type(__loader__).__name__, sys.argv)\n")
    py_compile.compile(runner.place.path("main.py"), cfile=runner.place.path("main.pyc"))
    code, out, _ = runner.compare(how, ["main.pyc", "x"])
    assert code == 0 and "main.pyc" in out
    assert importlib.util.MAGIC_NUMBER


# ---- streams ----------------------------------------------------------------


@HOW
@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_stream_that_is_closed_is_none(runner, how, closed):
    main = ("import os, sys\n"
            "told = [s is None for s in (sys.stdin, sys.stdout, sys.stderr)]\n"
            "open('told', 'w').write(str(told))\n")
    runner.place.write("main.py", main)
    told = []
    for way in ("plain", how):
        subprocess.run(
            ["sh", "-c", '"$@" %s' % ["<&-", ">&-", "2>&-"][closed], "sh",
             *command(way, runner.python, ["main.py"])],
            cwd=runner.folder, env=environment(), timeout=60, stderr=subprocess.DEVNULL)
        with open(runner.place.path("told")) as file:
            told.append(file.read())
        os.unlink(runner.place.path("told"))
    assert told[0] == told[1]


@HOW
def test_a_reader_that_went_away(runner, how):
    runner.place.write("main.py", "input()\nfor i in range(100000):\n    print(i)\n")
    seen = []
    for way in ("plain", how):
        child = subprocess.Popen(
            command(way, runner.python, ["main.py"]), cwd=runner.folder, env=environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        child.stdout.close()
        child.stdin.write(b"go\n")
        child.stdin.close()
        err = child.stderr.read().decode()
        child.stderr.close()
        seen.append((child.wait(timeout=60), MISSED.sub("", err)))
    assert seen[0] == seen[1]
    assert "BrokenPipeError" in seen[0][1]


@HOW
def test_a_full_disk_at_the_end(runner, how):
    seen = []
    for way in ("plain", how):
        with open("/dev/full", "w") as full:
            done = subprocess.run(
                command(way, runner.python, ["-c", "print('x')"]), cwd=runner.folder,
                env=environment(), stdout=full, stderr=subprocess.PIPE, timeout=60)
        seen.append((done.returncode, MISSED.sub("", done.stderr.decode())))
    assert seen[0] == seen[1]
    assert seen[0][0] == 120


@HOW
def test_an_interrupt_from_the_terminal_ends_both(runner, how):
    """SIGINT from outside, while the program waits."""
    # the same line, wherever it meets it
    runner.place.write("main.py", "import time\nprint('up', flush=True) or time.sleep(300)\n")
    seen = []
    for way in ("plain", how):
        child = subprocess.Popen(
            command(way, runner.python, ["main.py"]), cwd=runner.folder, env=environment(),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert child.stdout.readline() == b"up\n"
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
        # which part of the line it was is chance
        err = re.sub(r"(?m)^ *[~^]+\n", "", MISSED.sub("", err.decode()))
        seen.append((child.returncode, out, err))
    assert seen[0] == seen[1]
    assert seen[0][0] == -signal.SIGINT


# ---- virtual environments ---------------------------------------------------


@pytest.fixture(scope="module")
def venv(python, tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("venv"))
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True, timeout=120)
    packages = os.path.join(folder, "lib", "python" + VERSION, "site-packages")
    with open(os.path.join(packages, "only_in_the_venv.py"), "w") as file:
        file.write("value = 5\n")
    yield folder
    shutil.rmtree(folder)


VENV = """
import json, sys
import only_in_the_venv
print(sys.prefix, sys.base_prefix, sys.executable, only_in_the_venv.value)
print(json.dumps(sys.path))
"""


def test_an_active_environment_is_honoured(runner, venv):
    runner.place.write("main.py", VENV)
    runner.python = os.path.join(venv, "bin", "python3")
    code, out, err = runner.compare("run", ["main.py"], env={"VIRTUAL_ENV": venv})
    assert (code, err) == (0, "")
    assert out.startswith(venv + " ")


def test_the_wheel_is_run_by_the_environment(runner, venv):
    runner.place.write("main.py", VENV)
    runner.python = os.path.join(venv, "bin", "python3")
    code, out, err = runner.compare("wheel", ["main.py"])
    assert (code, err) == (0, "")
    assert out.startswith(venv + " ")


@pytest.mark.parametrize("content", [None, "other version"])
def test_an_environment_that_is_none_is_passed_over(runner, tmp_path, content):
    broken = tmp_path / "broken"
    broken.mkdir()
    if content:
        (broken / "lib" / "python3.7").mkdir(parents=True)
        (broken / "bin").mkdir()
        (broken / "bin" / "python3").symlink_to(sys.executable)
    runner.place.write("main.py", "import sys\nprint(sys.prefix)\n")
    code, out, err = runner.compare("run", ["main.py"], env={"VIRTUAL_ENV": str(broken)})
    assert (code, err) == (0, "")


# ---- the log of it ----------------------------------------------------------


@pytest.mark.parametrize("argv", [
    ["main.py"], ["-m", "main"], ["-c", "import colorsys"], ["folder"], ["zipped.zip"], ["-"]])
@HOW
def test_whatever_is_run_imports_as_main(tmp_path, python, how, argv):
    place = Place(tmp_path)
    place.policy("default = allow\n[modules from __main__]\nquopri = deny\n")
    source = "import colorsys\ntry:\n    import quopri\nexcept ImportError as e:\n    print(e.importer)\n"
    place.files({"main.py": source, "folder/__main__.py": source})
    with zipfile.ZipFile(place.path("zipped.zip"), "w") as archive:
        archive.writestr("__main__.py", source)
    if argv[0] == "-c":
        argv = ["-c", source]
    before = [python, "-m", "stockade"] if how == "wheel" else [os.path.join(BUILD, "stockade")]
    env = environment()
    env.pop("VIRTUAL_ENV", None)
    done = subprocess.run(
        before + ["run", "-p", "policy.ini", "--audit", "imports.jsonl"] + argv,
        cwd=place.folder, env=env, input=source.encode(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stdout) == (0, b"__main__\n"), done.stderr.decode()
    records = [json.loads(line) for line in open(place.log, encoding="utf-8")]
    asked = [(r["name"], r["outcome"]) for r in records if r.get("importer") == "__main__"]
    assert asked == [("colorsys", "found"), ("quopri", "refused")]


def test_the_guard_stands_before_site_and_encodings(runner):
    runner.run("run", ["--audit", "log", "-c", "pass"])
    done = runner.run("run", ["-c", "pass"])
    assert done[0] == 0
    place = runner.place
    subprocess.run(
        [os.path.join(BUILD, "stockade"), "run", "-p", "allow.ini", "--audit", "log", "-c", "pass"],
        cwd=runner.folder, env=environment(), check=True, timeout=60)
    names = [json.loads(line).get("name") for line in open(place.path("log"), encoding="utf-8")]
    assert {"encodings", "codecs", "io", "site", "zipimport", "_io"} <= set(names)
    assert names.index("zipimport") < names.index("encodings") < names.index("site")
