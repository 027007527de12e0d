# SPDX-License-Identifier: Apache-2.0
"""Every built-in exception of a worker: what the host has of it."""

import builtins
import sys

import pytest

from workerplace import place  # noqa: F401

pytestmark = pytest.mark.workers

# What ends the host, or an iteration in it, is a RemoteError here; and what says nothing.
REMOTE = {"BaseException", "Exception", "SystemExit", "KeyboardInterrupt", "GeneratorExit", "StopIteration",
          "StopAsyncIteration"}
OTHER_ARGS = {
    "UnicodeDecodeError": ("utf-8", b"abc\xff", 3, 4, "invalid start byte"),
    "UnicodeEncodeError": ("ascii", "a\u20ac", 1, 2, "ordinal not in range(128)"),
    "UnicodeTranslateError": ("a\u20ac", 1, 2, "no such"),
    "SyntaxError": ("invalid syntax", ("made.py", 2, 3, "a b", 2, 4)),
    "OSError": (2, "No such file or directory", "/a"),
}
NAMES = sorted(name for name, one in vars(builtins).items()
               if isinstance(one, type) and issubclass(one, BaseException) and one.__name__ == name
               and not name.endswith("Group") and not name.startswith("_"))


def args_of(name):
    one = getattr(builtins, name)
    for base, args in OTHER_ARGS.items():
        if issubclass(one, getattr(builtins, base)):
            return args if sys.version_info >= (3, 10) or base != "SyntaxError" else (args[0], args[1][:4])
    return ("some text", 3)


def test_each_is_of_its_own_type_with_its_arguments(place):
    rows = [(name, args_of(name)) for name in NAMES]
    place.write("plugins/fails.py", """
        def fail(name, args):
            raise getattr(__import__("builtins"), name)(*args)
        class Own(Exception):
            pass
        def own(name):
            base = getattr(__import__("builtins"), name)
            class Sub(base):
                def __init__(self, text):
                    self.text = text
                def __str__(self):
                    return self.text
            raise Sub("sub")
    """)
    done = place.install("""
        import builtins
        import stockade
        import plugins.fails as f
        remote = %r
        for name, args in %r:
            try:
                f.fail(name, args)
            except BaseException as error:
                own = getattr(builtins, name)
                told = error if name in remote else error.__cause__
                if type(told) is not stockade.RemoteError or told.remote_type != type(own(*args)).__name__:
                    print(name, "told", told)
                if name not in remote and (type(error) is not type(own(*args)) or error.args != own(*args).args
                                           or str(error) != str(own(*args))):
                    print(name, repr(error), error.args)
            for use in f.own,:
                try:
                    use(name)
                except BaseException as error:
                    own = stockade.RemoteError if name in remote else getattr(builtins, name)
                    if not isinstance(error, own) and not (issubclass(own, UnicodeError) and isinstance(error, UnicodeError)):
                        print("sub", name, repr(error))
    """ % (REMOTE, rows))
    assert (done.out, done.code) == ("", 0), (done.out, done.err)


def test_what_is_caught_by_what(place):
    """As a developer writes it."""
    place.write("plugins/fails.py", """
        def memory():
            return bytearray(1 << 50)
        def depth():
            return depth()
        def decode(data):
            return data.decode()
        def encode(text):
            return text.encode("ascii")
        def path():
            open("/nowhere/x")
        def two():
            raise OSError(18, "Invalid cross-device link", "/a", None, "/b")
        def number():
            raise OSError(9, "Bad file descriptor", 7)
        def attribute():
            return (3).nothing
        def key():
            return {}[("a", 1)]
        def module():
            raise ImportError("why", name="a.b", path="/c")
        def source():
            compile("a = 1\\nb = = 2\\n", "made.py", "exec")
        def leave():
            raise SystemExit(3)
    """)
    done = place.install("""
        import stockade
        import plugins.fails as f
        def show(call, *expected):
            try:
                call()
            except expected as error:
                return error
        print(type(show(f.memory, MemoryError)).__name__, type(show(f.depth, RecursionError)).__name__)
        error = show(lambda: f.decode(b"ab\\xff"), UnicodeDecodeError)
        print(error.encoding, error.object, error.start, error.end, error.reason)
        error = show(lambda: f.decode(b"a" * 300000 + b"\\xff" + b"b" * 300000), UnicodeDecodeError)
        print(error.object[error.start:error.end], len(error.object) < 1000, error.reason)
        error = show(lambda: f.encode("a" * 300000 + chr(8364) * 5000), UnicodeEncodeError)
        print(ascii(error.object[error.start]), error.end - error.start, len(error.object) < 2000, error.reason)
        error = show(f.path, PermissionError, FileNotFoundError)
        print(error.errno, error.strerror, error.filename)
        error = show(f.two, OSError)
        print(error.errno, error.filename, error.filename2, error)
        print(show(f.number, OSError).filename)
        error = show(f.attribute, AttributeError)
        print(getattr(error, "name", "nothing"), getattr(error, "obj", None))
        print(show(f.key, KeyError).args)
        error = show(f.module, ImportError)
        print(error.name, error.path, error.msg)
        error = show(f.source, SyntaxError)
        print(error.filename, error.lineno, error.text)
        error = show(f.leave, stockade.RemoteError)
        print(error.remote_type, str(error).splitlines()[0])
    """)
    assert done.out == (
        "MemoryError RecursionError\n"
        "utf-8 b'ab\\xff' 2 3 invalid start byte\n"
        "b'\\xff' True invalid start byte; at 300000 of 600001, which is too long to be here\n"
        "'\\u20ac' 1000 True ordinal not in range(128); at 300000 of 305000, which is too long to be here\n"
        "1 Operation not permitted; a worker opens the files that `read = PATH` of a profile with `syscalls = "
        "@files-read` names, and has those of its package by importlib.resources /nowhere/x\n"
        "18 /a /b [Errno 18] Invalid cross-device link: '/a' -> '/b'\n7\n"
        "nothing None\n(('a', 1),)\na.b /c why\nmade.py 2 b = = 2\n\nSystemExit SystemExit: 3\n"), (done.out, done.err)


NOTES = """
    def noted(notes):
        error = ValueError("why")
        error.__notes__ = notes
        raise error
    def many():
        noted(["x" * 1000] * 100)
    def long():
        noted(["x" * 100000, "never"])
    def odd():
        noted([1, "two", ValueError, [], type("Text", (str,), {})("sub")])
    def hidden():
        error = ValueError("why")
        type(error)
        class Sly(ValueError):
            @property
            def __notes__(self):
                raise SystemExit
        raise Sly("why")
"""


def test_notes_come_bounded(place):
    place.write("plugins/notes.py", NOTES)
    done = place.install("""
        import traceback
        import plugins.notes as n
        def show(function, *args):
            try:
                function(*args)
            except ValueError as error:
                return error
        error = show(n.noted, ["line one", "line two"])
        print(error.__notes__, "line two" in "".join(traceback.format_exception(ValueError, error, None)))
        print(hasattr(show(n.noted, []), "__notes__"), hasattr(show(n.noted, 5), "__notes__"))
        for function in n.many, n.long, n.odd, n.hidden:
            notes = getattr(show(function), "__notes__", [])
            print(len(notes), sum(map(len, notes)))
    """)
    shown = sys.version_info >= (3, 11)
    assert done.out.splitlines()[:2] == ["['line one', 'line two'] %s" % shown, "False False"], (done.out, done.err)
    assert done.out.splitlines()[2:] == ["17 16384", "1 16384", "1 3", "0 0"], (done.out, done.err)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups are of 3.11")
def test_a_group_is_called_as_it_is(place):
    place.write("plugins/groups.py", """
        def group(base):
            raise (BaseExceptionGroup if base else ExceptionGroup)("several", [ValueError(1), MemoryError()])
        class Mine(ExceptionGroup):
            pass
        def mine():
            error = Mine("several", [ValueError(1)])
            error.add_note("noted")
            raise error
    """)
    done = place.install("""
        import plugins.groups as g
        for function, args in (g.group, (False,)), (g.group, (True,)), (g.mine, ()):
            try:
                function(*args)
            except ExceptionGroup as group:
                print(type(group).__name__, group.__cause__.remote_type, [repr(one) for one in group.exceptions],
                      getattr(group, "__notes__", None))
    """)
    assert done.out == (
        "ExceptionGroup ExceptionGroup ['ValueError(1)', 'MemoryError()'] None\n"
        "ExceptionGroup ExceptionGroup ['ValueError(1)', 'MemoryError()'] None\n"
        "ExceptionGroup plugins.groups.Mine ['ValueError(1)'] ['noted']\n"), (done.out, done.err)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="names of attributes are of 3.10")
def test_the_name_of_an_attribute(place):
    place.write("plugins/names.py", """
        def attribute():
            return (3).nothing
        def name():
            return totl
    """)
    done = place.install("""
        import traceback
        import plugins.names as n
        total = 5
        try:
            n.attribute()
        except AttributeError as error:
            print(error.name, error.obj)
        try:
            n.name()
        except NameError as error:
            # of the host's frames nothing is suggested
            print(error.name, "total" in "".join(traceback.format_exception(error)))
    """)
    assert done.out == "nothing None\nNone False\n", (done.out, done.err)


def test_an_exception_that_has_no_type_here_says_what_it_said(place):
    """And where it came from, once, wherever an exception is shown."""
    place.write("plugins/own.py", """
        def leave():
            raise SystemExit(3)
    """)
    done = place.install("""
        import traceback
        import plugins.own as own, stockade
        try:
            own.leave()
        except stockade.RemoteError as error:
            print(str(error), error.args, error.remote_type)
            print(type(error.__cause__).__name__, "in leave" in str(error.__cause__),
                  error.__cause__.remote_traceback == error.remote_traceback)
            shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            print(shown.count("in leave"), shown.splitlines()[-1])
        own.leave()
    """)
    assert done.out == (
        "SystemExit: 3 ('SystemExit: 3',) SystemExit\nRemoteError True True\n"
        "1 stockade.RemoteError: SystemExit: 3\n"), (done.out, done.err)
    assert done.err.count("in leave") == 1, done.err
    assert done.err.rstrip().endswith("stockade.RemoteError: SystemExit: 3"), done.err


def test_no_terminal_obeys_what_is_told(place):
    """What it says beside its arguments, and what an object says that it is."""
    place.write("plugins/fails.py", """
        class Leaving(BaseException):
            pass

        def leave(x):
            raise Leaving("a\\x1b[2Jb\\n\\x9b31m\\u202ec")  # \x0c

        Odd = type("O\\x1b[2J\\nd\\x07", (), {})
        odd = Odd()

        class Loud:
            def __repr__(self):
                return "one\\n\\ttwo \\x1b[2J\\x9b\\u202e"
        loud = Loud()
    """)
    done = place.install("""
        import plugins.fails as f, stockade
        try:
            f.leave(1)
        except stockade.RemoteError as error:
            for text in str(error), str(error.__cause__), error.remote_traceback:
                print([c for c in text if c not in "\\n" and not c.isprintable()])
            print(str(error).splitlines()[:2])
        print(repr(f.odd), [f.Odd])
        print(repr(f.loud), str(f.loud) == "one\\n\\ttwo \\x1b[2J\\x9b\\u202e")
    """)
    assert done.out == (
        "[]\n[]\n[]\n['plugins.fails.Leaving: a\\\\x1b[2Jb', '\\\\u009b31m\\\\u202ec']\n"
        "<O\\x1b[2J\\x0ad\\x07 object in the worker of plugins.fails> "
        "[<class O\\x1b[2J\\x0ad\\x07 in the worker of plugins.fails>]\n"
        "one\n\ttwo \\x1b[2J\\u009b\\u202e True\n"
    ), (done.out, done.err)


def test_what_is_thrown_into_a_worker_says_there_what_it_says_here(place):
    place.write("plugins/thrown.py", """
        seen = []
        class Ctx:
            def __enter__(self):
                return self
            def __exit__(self, type, value, traceback):
                seen.append((type.__name__, value.args, str(value), getattr(value, "filename", None),
                             getattr(value, "__notes__", None)))
                return True
            async def __aenter__(self):
                return self
            async def __aexit__(self, *raised):
                return self.__exit__(*raised)
        def taken():
            told = list(seen)
            seen.clear()
            return told
        def steps():
            while True:
                try:
                    yield
                except Exception as error:
                    Ctx().__exit__(type(error), error, None)
        async def asteps():
            while True:
                try:
                    yield
                except Exception as error:
                    Ctx().__exit__(type(error), error, None)
    """)
    done = place.install("""
        import asyncio
        import plugins.thrown as t
        noted = ValueError(1, 2)
        noted.__notes__ = ["a note"]
        class Odd(KeyError):
            def __init__(self, a, b):
                super().__init__(a, b, object)
        for raised in (UnicodeDecodeError("utf8", b"x", 0, 1, "r"), KeyError("q"), noted, OSError(2, "x", "f"), Odd(1, 2)):
            with t.Ctx():
                raise raised
            steps = t.steps()
            next(steps)
            steps.throw(raised)
            async def main():
                async with t.Ctx():
                    raise raised
                asteps = t.asteps()
                await asteps.__anext__()
                await asteps.athrow(raised)
            asyncio.run(main())
            seen = t.taken()
            first = seen[0]
            print(len(seen), all(one == first for one in seen), first[:2], first[3:], first[2] == str(raised))
    """)
    assert done.out.splitlines() == [
        "4 True ('UnicodeDecodeError', ('utf8', b'x', 0, 1, 'r')) (None, None) True",
        "4 True ('KeyError', ('q',)) (None, None) True",
        "4 True ('ValueError', (1, 2)) (None, ['a note']) True",
        "4 True ('FileNotFoundError', (2, 'x')) ('f', None) True",
        "4 True ('KeyError', (%r,)) (None, None) False" % str(KeyError(1, 2, object))], (done.out, done.err)
