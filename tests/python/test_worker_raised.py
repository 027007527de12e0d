# SPDX-License-Identifier: Apache-2.0
# covers: worker/advice.c
# covers: worker/raised.c
"""Exceptions of a worker, as the host has them."""

import sys

import pytest

import workerplace
from workerplace import place  # noqa: F401

pytestmark = pytest.mark.workers

# Arguments with which the exception itself does harm when it is shown.
HARMFUL = [
    ("UnicodeDecodeError", "('a', b'', -10**15, -10**15 + 1, 'x')"),
    ("UnicodeDecodeError", "('a', b'ab', 5, 6, 'x')"),
    ("UnicodeDecodeError", "('a', b'ab', 1, 0, 'x')"),
    ("UnicodeDecodeError", "('a', 'text', 0, 1, 'x')"),
    ("UnicodeDecodeError", "('a', b'ab', 2**80, 2**80 + 1, 'x')"),
    ("UnicodeEncodeError", "('a', '', -10**15, -10**15 + 1, 'x')"),
    ("UnicodeEncodeError", "('a', 'ab', -1, 0, 'x')"),
    ("UnicodeEncodeError", "('a', 'ab', 0, True, 'x')"),
    ("UnicodeTranslateError", "('', -10**15, -10**15 + 1, 'x')"),
    ("UnicodeTranslateError", "('ab', 1, 3, 'x')"),
    ("UnicodeTranslateError", "(b'ab', 0, 1, 'x')"),
    ("SyntaxError", "('m', ('f', 1, 10**9, 'text'))"),
    ("SyntaxError", "('m', ('f', 1, 1, 'text', 1, 2 * 10**9))"),
    ("SyntaxError", "('m', ('f', 1, -10**9, 'text'))"),
    ("SyntaxError", "('m', ('f', 1, 1, 'text' * 10**6))"),
    ("IndentationError", "('m', ('f', 10**12, 1, []))"),
    ("TabError", "('m', 5)"),
    ("SyntaxError", "('m', ('f', 1, 1, 'text'), 3)"),
    ("OSError", "(2**70, 'x', 'y', 5, 'z')"),
    ("BlockingIOError", "(1, 'x', 2**70)"),
    ("ValueError", "(10**6000,)"),
    ("ValueError", "(1, [{2: (frozenset([-10**6000]),)}])"),
    ("KeyError", "({(10**6000,): 1},)"),
    ("OSError", "(2, 'x', 10**6000)"),
    ("RuntimeError", "(range(2**16300),)"),
]


@pytest.mark.parametrize("name, args", HARMFUL)
def test_an_exception_does_no_harm_when_it_is_shown(place, name, args):
    place.write("plugins/liar.py", """
        class Liar(%s):
            args = %s
            def __init__(self):
                pass
            def __new__(cls):
                return %s.__new__(cls, *(("a", b"", 0, 0, "x") if "Decode" in "%s" else
                                         ("a", "", 0, 0, "x") if "Encode" in "%s" else ("m",)))
            def __str__(self):
                return "lies"
        def lie():
            raise Liar
        def one():
            return 1
    """ % (name, args, name, name, name))
    done = place.install("""
        import traceback
        import plugins.liar as l
        try:
            l.lie()
        except Exception as error:
            str(error), repr(error)
            shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            print(len(shown) < 50000, "lies" in shown)
        print(l.one(), flush=True)
        l.lie()
    """)
    assert done.out == "True True\n1\n", (done.out, done.err[-2000:])
    assert done.code == 1 and len(done.err) < 50000


def test_what_is_honest_of_these_comes_whole(place):
    place.write("plugins/honest.py", """
        def decode():
            b"a\\xff".decode()
        def encode():
            "\\u20ac".encode("ascii")
        def parse():
            compile("a = (1,\\nb = 2", "made.py", "exec")
    """)
    done = place.install("""
        import plugins.honest as h
        try:
            h.decode()
        except UnicodeDecodeError as error:
            print(error.start, error.end, error.object, error.reason)
        try:
            h.encode()
        except UnicodeEncodeError as error:
            print(error.start, error.end, ascii(error.object))
        try:
            h.parse()
        except SyntaxError as error:
            print(error.filename, error.lineno in (1, 2), error.text is not None)
    """)
    assert done.out == (
        "1 2 b'a\\xff' invalid start byte\n0 1 '\\u20ac'\nmade.py True True\n"), (done.out, done.err)


PLUGIN = """
    class Late(ValueError):
        def __init__(self, by):
            super().__init__("late by %d" % by, by)

    def late():
        raise Late(3)

    def chained():
        try:
            {}["first"]
        except KeyError as error:
            raise ValueError("second") from error

    def unchained():
        try:
            {}["first"]
        except KeyError:
            raise ValueError("second") from None

    def leave():
        raise SystemExit(3)

    def interrupt():
        raise KeyboardInterrupt

    def stop():
        raise StopIteration(5)

    def generator_exit():
        raise GeneratorExit

    def memory():
        raise MemoryError("mine")

    def group(depth=1):
        error = ExceptionGroup("some", [ValueError("a"), Late(2), StopIteration("odd")])
        for _ in range(depth - 1):
            error = ExceptionGroup("more", [error, KeyError("b")])
        raise error

    def wide():
        raise ExceptionGroup("wide", [ValueError(n) for n in range(1000)])

    def base_group():
        raise BaseExceptionGroup("base", [SystemExit(1), ValueError("a")])

    def holding():
        try:
            yield 1
        finally:
            done.append("closed")

    def keeping():
        while True:
            try:
                yield 1
            except GeneratorExit:
                pass

    def passing():
        try:
            yield 1
        except ValueError as error:
            yield type(error).__name__, str(error)
        return "end"

    done = []

    def told():
        return done
"""


def test_types_and_causes(place):
    place.write("plugins/errors.py", PLUGIN)
    done = place.install("""
        import traceback
        import stockade
        import plugins.errors as e
        try:
            e.late()
        except ValueError as error:
            print(type(error).__name__, error.args, error.__cause__.remote_type)
        try:
            e.chained()
        except ValueError as error:
            text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            print("direct cause" in error.__cause__.remote_traceback, "KeyError: 'first'" in text)
        try:
            e.unchained()
        except ValueError as error:
            print("KeyError" in error.__cause__.remote_traceback)
        for function in e.leave, e.interrupt, e.stop, e.generator_exit:
            try:
                function()
            except stockade.RemoteError as error:
                print(error.remote_type)
        try:
            e.memory()
        except MemoryError as error:
            print(error, error.__cause__.remote_type)
        print(e.told())
    """)
    assert done.out == (
        "ValueError ('late by 3', 3) plugins.errors.Late\nTrue True\nFalse\n"
        "SystemExit\nKeyboardInterrupt\nStopIteration\nGeneratorExit\nmine MemoryError\n[]\n"), (done.out, done.err)


def test_generators_to_the_end(place):
    place.write("plugins/errors.py", PLUGIN)
    done = place.install("""
        import contextlib
        import plugins.errors as e
        with contextlib.closing(e.holding()) as steps:
            print(next(steps))
        print(e.told())
        steps = e.passing()
        next(steps)
        class Mine(ValueError):
            pass
        print(steps.throw(Mine("in")))
        try:
            next(steps)
        except StopIteration as stop:
            print(stop.value)
        print(list(steps))
        steps = e.keeping()
        next(steps)
        try:
            steps.close()
        except RuntimeError as error:
            print(error)
        with contextlib.ExitStack() as stack:
            for _ in range(3):
                next(stack.enter_context(contextlib.closing(e.holding())))
        print(e.told())
        steps = e.holding()
        next(steps)
        del steps
        e.told()
        print(len(e.told()))
    """)
    assert done.out == (
        "1\n['closed']\n('ValueError', 'in')\nend\n[]\ngenerator ignored GeneratorExit\n"
        "['closed', 'closed', 'closed', 'closed']\n5\n"), (done.out, done.err)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups are of 3.11")
def test_groups(place):
    place.write("plugins/errors.py", PLUGIN)
    done = place.install("""
        import stockade
        import plugins.errors as e
        try:
            e.group()
        except* ValueError as group:
            print([type(one).__name__ for one in group.exceptions], group.exceptions[1].__cause__.remote_type)
        except* stockade.RemoteError as group:
            print([one.remote_type for one in group.exceptions])
        try:
            e.group(3)
        except ExceptionGroup as group:
            print(group.message, len(group.exceptions), group.subgroup(KeyError).exceptions[0].exceptions[0].args)
            print("in group" in group.__cause__.remote_traceback)
        for function, depth in (e.group, 40), (e.wide, 0), (e.base_group, 0):
            try:
                function(depth) if depth else function()
            except* Exception as group:
                print(type(group).__name__, len(group.exceptions))
        print(e.told())
    """)
    assert done.out == (
        "['ValueError', 'ValueError'] plugins.errors.Late\n['StopIteration']\n"
        "more 2 ('b',)\nTrue\n"
        "ExceptionGroup 1\nExceptionGroup 32\nExceptionGroup 2\n[]\n"), (done.out, done.err)


def test_a_class_of_a_worker_is_no_exception_here(place):
    place.write("plugins/errors.py", PLUGIN)
    done = place.install("""
        import plugins.errors as e
        try:
            try:
                e.late()
            except e.Late:
                print("caught")
        except TypeError as error:
            print(error)
    """)
    assert done.out == "catching classes that do not inherit from BaseException is not allowed\n", (done.out, done.err)


def test_dir_is_a_list_of_names(place):
    place.write("plugins/errors.py", """
        class Odd:
            def __dir__(self):
                return [1]
            def __lt__(self, other):
                return True
        class Objects:
            def __dir__(self):
                return [Odd(), Odd()]
    """)
    done = place.install("""
        import plugins.errors as e
        for odd in e.Odd(), e.Objects():
            try:
                dir(odd)
            except TypeError as error:
                print(error)
    """)
    assert done.out == "dir() of a worker's is no list of names\n" * 2, (done.out, done.err)


@pytest.mark.parametrize("name, args", [
    ("ConnectionRefusedError", "111, 'refused'"), ("ConnectionResetError", "104, 'reset'"),
    ("ConnectionAbortedError", "103, 'aborted'"), ("ChildProcessError", "10, 'no child'"),
    ("InterruptedError", "4, 'interrupted'"), ("ProcessLookupError", "3, 'none'"),
    ("UserWarning", "'beware'"), ("DeprecationWarning", "'old'"),
])
def test_an_exception_is_of_its_own_built_in_type(place, name, args):
    place.write("plugins/fails.py", "def fail():\n    raise %s(%s)\n" % (name, args))
    done = place.install("""
        import plugins.fails
        try:
            plugins.fails.fail()
        except %s as error:
            print(type(error).__mro__[1].__name__, error.args == (%s))
    """ % (name, args + "," if args else ""))
    assert done.out.endswith(" True\n"), (done.out, done.err)


POOL = """
    def f():
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(str, [1, 2]))
"""
LOOP = """
    def f():
        import asyncio
        async def main():
            await asyncio.sleep(0)
            return 3
        return asyncio.run(main())
"""
CHINESE = """
    def f():
        return "\u4f60".encode("GBK") + "\u4f60".encode("big5")
"""
NO_CODEC = """
    def f():
        return "a".encode("nosuch")
"""
ENCODING = ("an encoding that is machine code has to be named in `preload` of the profile, by its module: "
            "encodings.gbk, encodings.shift_jis")
THREADS = ("a worker has as many threads as `processes` of its profile says, and one unless that has `syscalls = "
           "@threads` and `processes = 2` or more")
PORT = ("a worker connects to the ports that `network` of its profile names, and listens on those that it has with "
        "listen:")
ASYNCIO = "asyncio in a worker needs a profile with `syscalls = @asyncio` and `preload = asyncio`"
REFUSED = "PermissionError [Errno 1] Operation not permitted; " + ASYNCIO
FILES = ("a worker opens the files that `read = PATH` of a profile with `syscalls = @files-read` names, and has those of "
         "its package by importlib.resources")
OPEN = """
    def f():
        return open("/data/table.txt").read()
"""
LIST = """
    def f():
        import os
        return os.listdir("/data")
"""
CONNECT = """
    def f():
        import asyncio
        async def run():
            await asyncio.open_connection("127.0.0.1", 9)
        asyncio.run(run())
"""
FORGED = """
    def f():
        raise PermissionError(13, "mine", "/x")
"""
# Debian's has in itself what others load from files.
WHOLE = "_socket" in sys.builtin_module_names


@pytest.mark.parametrize("profile, body, told", [
    ("", POOL, "RuntimeError can't start new thread; " + THREADS),
    ("syscalls = @threads\n", POOL, "RuntimeError can't start new thread; " + THREADS),
    ("syscalls = @threads\nprocesses = 8\n", POOL, "['1', '2']"),
    ("", LOOP, REFUSED if WHOLE else "ImportError ... ; " + ASYNCIO),
    ("syscalls = @asyncio\n", LOOP, "3" if WHOLE else "ImportError ... ; " + ASYNCIO),
    ("preload = asyncio\n", LOOP, REFUSED),
    ("syscalls = @asyncio\npreload = asyncio\n", LOOP, "3"),
    ("syscalls = @asyncio @network\npreload = asyncio\nnetwork = 8\n", CONNECT, "PermissionError ... ; " + PORT),
    ("", CHINESE, r"b'\xc4\xe3\xa7A'" if "_codecs_cn" in sys.builtin_module_names else
     "LookupError unknown encoding: GBK; " + ENCODING),
    ("preload = encodings.gbk encodings.big5\n", CHINESE, r"b'\xc4\xe3\xa7A'"),
    ("", OPEN, "PermissionError [Errno 1] Operation not permitted; " + FILES + ": '/data/table.txt'"),
    ("", LIST, "PermissionError [Errno 1] Operation not permitted; " + FILES + ": '/data'"),
    ("syscalls = @files-read\n", OPEN, "FileNotFoundError [Errno 2] No such file or directory: '/data/table.txt'"),
    ("", FORGED, "PermissionError [Errno 13] mine: '/x'"),
    ("", NO_CODEC, "LookupError unknown encoding: nosuch"),
])
def test_what_the_profile_lacks_is_told(place, profile, body, told):  # noqa: F811
    if told.endswith(PORT) and not workerplace.closes_ports():
        pytest.skip("this machine closes no port off")
    place.policy("default = allow\ntrusted = @stdlib\n[modules]\nplugins = allow\nplugins.* = sandbox:strict\n"
                 "[sandbox strict]\n" + profile)
    place.write("plugins/tool.py", body)
    done = place.install("""
        import plugins.tool as tool
        try:
            print(tool.f())
        except Exception as error:
            print(type(error).__name__, error)
    """)
    first, _, last = told.partition(" ... ")
    line, = done.out.splitlines()
    assert line.startswith(first) and line.endswith(last), (done.out, done.err)


MIXED = """
    import io
    class Error(Exception):
        pass
    class Plain(Error):
        pass
    class Missing(Error, KeyError):
        pass
    class Both(Error, FileNotFoundError, KeyError):
        pass
    class Stops(StopIteration):
        pass
    class Room(Error, MemoryError, ValueError):
        pass
"""


def test_an_exception_that_has_words_of_its_own_says_them(place):
    place.write("plugins/words.py", """
        class Late(ValueError):
            def __init__(self, by):
                super().__init__("by %s", by)
            def __str__(self):
                return self.args[0] % self.args[1]
        class Gone(FileNotFoundError):
            def __str__(self):
                return "gone"
        class Two(ValueError):
            pass
        def fail(name):
            raise {"late": lambda: Late(3), "gone": lambda: Gone(2, "why", "x"), "two": lambda: Two(1, "b")}[name]()
    """)
    done = place.install("""
        import plugins.words as w
        for name in ("late", "gone", "two"):
            try:
                w.fail(name)
            except (ValueError, OSError) as error:
                print(type(error).__name__, error, error.args)
    """)
    assert done.out == (
        "ValueError by 3 ('by 3',)\n"
        "FileNotFoundError [Errno 2] why: 'x' (2, 'why')\n"
        "ValueError (1, 'b') (1, 'b')\n"), (done.out, done.err)


def test_an_exception_is_of_the_first_built_in_type_that_says_more_than_exception(place):
    place.write("plugins/mixed.py", MIXED + """
    def fail(name):
        raise (globals().get(name) or io.UnsupportedOperation)("why")
    def call(function):
        try:
            function()
        except Exception as error:
            return [base.__name__ for base in type(error).__mro__[:2]]
    """)
    done = place.install(MIXED + """
        import plugins.mixed as m
        for name in "Missing", "Both", "Room", "Plain", "Stops", "unsupported":
            try:
                m.fail(name)
            except Exception as error:
                print(name, type(error).__name__)
        def fail():
            raise Missing("why")
        print(m.call(fail))
    """.replace("\n    ", "\n"))
    assert done.out == ("Missing KeyError\nBoth FileNotFoundError\nRoom MemoryError\nPlain RemoteError\n"
                        "Stops RemoteError\nunsupported OSError\n['KeyError', 'LookupError']\n"), (done.out, done.err)


def test_an_import_error_has_its_name_there_and_here(place):
    place.policy("default = allow\ntrusted = @stdlib\n[modules]\nplugins = allow\nplugins.* = sandbox:strict\n"
                 "colorsys = deny\n")
    place.write("plugins/lacks.py", """
        def fetch(name):
            __import__(name)
        def told(name):
            try:
                fetch(name)
            except ModuleNotFoundError as error:
                return error.name, error.path, str(error)[:15]
        def has(*args):
            class Odd(str):
                pass
            error = ImportError("own")
            error.name, error.path = args or (Odd("odd"), 5)
            raise error
        def call(function):
            try:
                function()
            except ImportError as error:
                return error.name, error.path
    """)
    done = place.install("""
        import plugins.lacks as l
        for name in "colorsys", "nowhere_at_all":
            print(l.told(name))
            try:
                l.fetch(name)
            except ModuleNotFoundError as error:
                print(error.name, error.path, str(error)[:15])
        for args in ("a.b", "/c"), ("n" * 10000, None), ():
            try:
                l.has(*args)
            except ImportError as error:
                print(error.name, error.path)
        def fail():
            raise ImportError("why", name="mine", path="/secret")
        print(l.call(fail))
    """)
    assert done.out == (
        "('colorsys', None, 'No module named')\ncolorsys None No module named\n"
        "('nowhere_at_all', None, 'No module named')\nnowhere_at_all None No module named\n"
        "a.b /c\nNone None\nNone None\n('mine', None)\n"), (done.out, done.err)
