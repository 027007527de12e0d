# SPDX-License-Identifier: Apache-2.0
# covers: python/object/printable.c
# covers: python/remote/proxyhelp.c
# covers: python/remote/proxysignature.c
# covers: worker/describe.c
"""What help() and inspect say of the functions and classes of a worker."""

import sys

import pytest

import workerplace
from workerplace import place  # noqa: F401

pytestmark = pytest.mark.workers

PLUGIN = '''
    """Reports, of sales."""
    import functools
    from typing import Dict, List

    LIMIT = [1]

    class Row:
        """A row."""
        def __init__(self, n: int, *, label="x"):
            self.n = n
        def double(self, by: float = 2.0) -> float:
            """Twice n."""
            return self.n * by
        def __call__(self, a, b=1):
            return a

    class Wide(Row):
        pass

    class Made:
        def __new__(cls, what):
            return object.__new__(cls)

    class Empty:
        pass

    def render(rows: List[int], title="Sales", *cells, width: int = 80,
               style: Dict[str, Row] = None, odd=LIMIT, kind=Row, **more) -> dict:
        """Make a report.

        Of rows.
        """
        return {}

    def bare(a, b=-1.5, c=(1, "x")):
        pass

    def late(a: "int", b: "Row") -> "None":
        pass

    async def coming(n: int):
        """Comes."""

    @functools.wraps(render)
    def wrapped(*args):
        return render(*args)
'''


def test_signature(place):
    place.write("plugins/reports.py", PLUGIN)
    done = place.install("""
        import inspect
        import plugins.reports as r
        for what in (r.render, r.bare, r.late, r.coming, r.wrapped, r.Row, r.Wide, r.Made,
                     r.Empty, r.Row(1).double, r.Row(1), r.Row.double):
            print(inspect.signature(what))
        parameters = inspect.signature(r.render).parameters
        print(parameters["title"].default, parameters["width"].default + 1,
              parameters["width"].annotation, type(parameters["rows"].annotation).__name__)
        print(inspect.signature(r.bare).bind(1, c=2).arguments["c"])
        print(inspect.getfullargspec(r.bare).args, inspect.isroutine(r.bare))
    """)
    assert done.out == (
        "(rows: List[int], title='Sales', *cells, width: int = 80, "
        "style: Dict[str, plugins.reports.Row] = None, odd=[1], "
        "kind=<class 'plugins.reports.Row'>, **more) -> dict\n"
        "(a, b=-1.5, c=(1, 'x'))\n"
        "(a: int, b: Row) -> None\n"
        "(n: int)\n"
        "(rows: List[int], title='Sales', *cells, width: int = 80, "
        "style: Dict[str, plugins.reports.Row] = None, odd=[1], "
        "kind=<class 'plugins.reports.Row'>, **more) -> dict\n"
        "(n: int, *, label='x')\n"
        "(n: int, *, label='x')\n"
        "(what)\n"
        "()\n"
        "(by: float = 2.0) -> float\n"
        "(a, b=1)\n"
        "(self, by: float = 2.0) -> float\n"
        "Sales 81 <class 'int'> Written\n"
        "2\n"
        "['a', 'b', 'c'] True\n"), (done.out, done.err)


def test_help(place):
    place.write("plugins/reports.py", PLUGIN)
    done = place.install("""
        import pydoc
        import plugins.reports as r
        def text(what):
            return pydoc.plain(pydoc.render_doc(what))
        print(text(r.render))
        print(text(r.Row), r.Row.__doc__ == "A row.")
        print(text(r.Row(1).double))
        print(text(r))
    """)
    first, second, third, module = done.out.split("Python Library Documentation: ")[1:]
    assert "in module plugins.reports" in first, (done.out, done.err)
    assert "render(" in first and "title='Sales'" in first
    assert "    Make a report.\n    \n    Of rows.\n" in first.replace("\n\n    Of", "\n    \n    Of")
    assert "Row = <class Row in the worker of plugins.reports>" in second
    assert "double(by: float = 2.0) -> float\n    Twice n.\n" in third
    if sys.version_info >= (3, 9):  # before, pydoc asks for what __doc__ is
        assert "Methods:" in second and "double(self, by: float = 2.0) -> float\n" in second
        assert "\n    Row(n: int, *, label='x')\n\n    A row.\n" in second.replace("\n    \n", "\n\n")
        assert second.index("double(self") < second.index("        Twice n.\n")
    assert "__init__" not in second
    assert "plugins.reports - Reports, of sales." in module
    assert "CLASSES\n    builtins.object\n        Empty\n" in module
    assert "FUNCTIONS" in module and "bare(a, b=-1.5, c=(1, 'x'))" in module
    assert "LIMIT = [1]" in module


def test_names_and_docstrings(place):
    place.write("plugins/reports.py", PLUGIN)
    done = place.install("""
        import functools, inspect
        import plugins.reports as r
        print(r.render.__name__, r.Row.double.__qualname__, r.render.__module__, r.Row.__module__)
        print(inspect.getdoc(r.render).splitlines()[0], r.bare.__doc__, inspect.getdoc(r.Row))
        print(repr(r.render), repr(r.Row), repr(r.Row(1)), repr(r.Row(1).double))
        print("render" in dir(r), "double" in dir(r.Row), [n for n, v in inspect.getmembers(r.Row(1)) if n == "n"])
        print(issubclass(r.Wide, r.Row), issubclass(r.Row, r.Wide), issubclass(int, r.Row), isinstance(r.Wide(1), r.Row))
        print(inspect.getmodule(r.render) is r, inspect.isfunction(r.render), inspect.isclass(r.Row))
        @functools.wraps(r.render)
        def mine():
            pass
        print(mine.__name__, mine.__doc__.split()[0])
        class Holder:
            render = r.bare
        print(Holder().render is not None, Holder.render.__name__)
    """)
    assert done.out == (
        "render Row.double plugins.reports plugins.reports\n"
        "Make a report. None A row.\n"
        "<function render in the worker of plugins.reports> "
        "<class Row in the worker of plugins.reports> "
        "<Row object in the worker of plugins.reports> "
        "<function Row.double in the worker of plugins.reports>\n"
        "True True ['n']\n"
        "True False False True\n"
        "True False True\n"
        "render Make\n"
        "True bare\n"), (done.out, done.err)


def test_what_has_no_signature_says_so(place):
    place.write("plugins/reports.py", """
        class Plain:
            pass
        plain = Plain()
        class Circle:
            def __init__(self, a):
                pass
        def round(): pass
        round.__wrapped__ = round
    """)
    done = place.install("""
        import inspect
        import plugins.reports as r
        for what in r.plain, r.round:
            try:
                inspect.signature(what)
            except (TypeError, ValueError) as error:
                print(type(error).__name__)
    """)
    assert done.out == "TypeError\nValueError\n", (done.out, done.err)


def test_nothing_of_a_signature_is_evaluated_here(place):
    place.write("plugins/reports.py", """
        class Evil:
            def __repr__(self):
                return "__import__('os').abort()"
        def f(a: "__import__('os').abort()", b=Evil(), c: "\\x1b[2Jx" = 1):
            "Docs."
    """)
    done = place.install("""
        import inspect, typing
        import plugins.reports as r
        signature = inspect.signature(r.f)
        print(signature)
        print(isinstance(signature.parameters["a"].annotation, str),
              isinstance(signature.parameters["b"].default, str))
        print(typing.get_type_hints(r.f) if hasattr(r.f, "__annotations__") else "none")
        print(hasattr(r.f, "__wrapped__"), hasattr(r.f, "__text_signature__"), hasattr(r.f, "__code__"))
    """)
    assert done.out == (
        "(a: __import__('os').abort(), b=__import__('os').abort(), c: '\\x1b[2Jx' = 1)\n"
        "False False\nnone\nFalse False False\n"), (done.out, done.err)


def test_a_signature_that_cannot_be_is_an_exception(place):
    place.write("plugins/reports.py", """
        def f(a, b=1): pass
        g = type(f)(f.__code__, {})
        g.__defaults__ = (1, 2, 3, 4, 5)
        def long(a): pass
        long.__annotations__ = {"a": "x" * 100000}
        def many(a): pass
        many.__annotations__ = {"a": type("A" * 50000, (), {})}
        class Loud:
            def __repr__(self):
                raise SystemExit(3)
        def loud(a=Loud()): pass
        names = ["a%d" % i for i in range(400)]
        exec("def wide(%s): pass" % ", ".join(names))
        exec("def f(%s): pass" % ", ".join(names[:20]))
        def dicts(a): pass
        class D(dict):
            def get(self, *a): raise SystemExit(4)
        dicts.__annotations__ = D(a=1)
    """)
    done = place.install("""
        import inspect, pydoc
        import plugins.reports as r
        for what in r.g, r.long, r.many, r.loud, r.wide, r.dicts:
            try:
                print(len(str(inspect.signature(what))))
            except ValueError as error:
                print(error)
            pydoc.render_doc(what)
    """)
    lines = done.out.splitlines()
    assert len(lines) == 6 and done.code == 0, (done.out, done.err)
    assert lines[1] == "508" and lines[3] == "7", done.out
    assert lines[4] == "a signature that cannot be"


def test_a_long_name_of_many_bytes_is_cut_between_characters(place):
    place.write("plugins/reports.py", """
        Box = type("\\u20ac" * 300, (), {})
        def odd(): pass
        odd.__qualname__ = "\\udc80"
    """)
    done = place.install("""
        import plugins.reports as r
        print(len(repr(r.Box)) > 60, r.odd() is None, repr(r.odd)[:11])
    """)
    assert done.out == "True True <function ?\n", (done.out, done.err)


@pytest.mark.skipif(sys.version_info < (3, 9), reason="pydoc asks for what __doc__ is")
def test_help_shows_a_bounded_text_and_nothing_that_a_terminal_obeys(place):
    place.write("plugins/reports.py", """
        class Meta(type):
            def __dir__(cls):
                return ["a\\x1b[31m", "b\\nc", "aok", "failing", "\\ud800"] + ["m%d" % i for i in range(150)]
            def __getattr__(cls, name):
                if name == "failing":
                    raise KeyError(name)
                def f(self, a): pass
                f.__doc__ = "D\\x1b[2J\\rfake\\n\\nnext" + "y" * 100000
                f.__annotations__ = {"a": "x\\x1b"}
                return f
        class C(metaclass=Meta):
            "doc \\x1b[2J \\x9b31m esc"
        class Plain:
            "doc \\x1b"
    """)
    done = place.install("""
        import pydoc
        import plugins.reports as r
        text = pydoc.plain(pydoc.render_doc(r.C))
        print(len(text) < 120000, "    aok(" in text, "next" in text, "yyy..." in text, text.rstrip().endswith("..."))
        print([c for c in text if c != "\\n" and not c.isprintable()], "31m(" in text, "failing" in text)
        print("doc \\\\x1b[2J \\\\u009b31m esc" in text, "D\\\\x1b[2J\\\\x0dfake" in text)
        print("doc \\\\x1b" in pydoc.plain(pydoc.render_doc(r.Plain)))
    """)
    assert done.out == "True True True True True\n[] False False\nTrue True\nTrue\n", (done.out, done.err)


def test_all_of_help_has_one_deadline(place):
    """Each answer is in time, and there are hundreds of them."""
    place.policy(workerplace.with_profile("deadline = 1s\n"))
    place.write("plugins/reports.py", """
        import time
        class Meta(type):
            def __dir__(cls):
                return ["m%d" % i for i in range(150)]
            def __getattr__(cls, name):
                if name.startswith("m"):
                    time.sleep(0.5)
                return lambda: None
        class C(metaclass=Meta):
            pass
    """)
    done = place.install("""
        import time
        import stockade
        import plugins.reports as r
        began = time.monotonic()
        try:
            object.__getattribute__(r.C, "__doc__")  # as help() asks
        except stockade.SandboxTimeout:
            print("SandboxTimeout", time.monotonic() - began < 30)
    """)
    assert done.out == "SandboxTimeout True\n", (done.out, done.err)


@pytest.mark.skipif(sys.version_info < (3, 9), reason="pydoc asks for what __doc__ is")
@pytest.mark.parametrize("kind", ["KeyboardInterrupt", "Enough"])
def test_help_can_be_interrupted(place, kind):
    place.write("plugins/reports.py", """
        import time
        class Meta(type):
            def __getattribute__(cls, name):
                if name in ("first", "second", "third"):
                    time.sleep(0.4)
                return type.__getattribute__(cls, name)
        class C(metaclass=Meta):
            def first(self): pass
            def second(self): pass
            def third(self): pass
    """)
    done = place.install("""
        import signal
        import plugins.reports as r
        class Enough(Exception):
            pass
        def stop(*args):
            raise %s
        signal.signal(signal.SIGALRM, stop)
        what = r.C
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        try:
            object.__getattribute__(what, "__doc__")
            print("shown")
        except (KeyboardInterrupt, Enough) as error:
            print(type(error).__name__)
    """ % kind)
    assert done.out == kind + "\n", (done.out, done.err)


def test_what_a_worker_says_of_itself_is_bounded_and_no_terminal_obeys_it(place):
    place.write("plugins/reports.py", """
        "Module \\x1b[2J docs.\\n\\nOf it."
        def f():
            "Docs \\x1b[31m of \\r f.\\n\\nMore."
        f.__name__ = "f\\x1b[2J"
        f.__qualname__ = "q\\n"
        def long(): pass
        long.__doc__ = "y" * 1000000
        class C:
            "Docs \\x9b31m of C."
        row = C()
    """)
    done = place.install("""
        import inspect, pydoc
        import plugins.reports as r
        for what in r, r.f, r.row, r.C, r.long:
            for text in pydoc.plain(pydoc.render_doc(what)), inspect.getdoc(what) or "", what.__doc__ or "":
                odd = [c for c in text if c not in "\\n\\t" and not c.isprintable()]
                if odd or len(text) > 200000:
                    print(what, odd, len(text))
        print(repr(r.f.__doc__), repr(r.f.__name__), repr(r.f.__qualname__), len(r.long.__doc__))
        print(repr(r.__doc__))
    """)
    assert done.out == (r"'Docs \\x1b[31m of \\x0d f.\n\nMore.' 'f\\x1b[2J' 'q\\x0a' 100003" + "\n"
                        + r"'Module \\x1b[2J docs.\n\nOf it.'" + "\n"), (
        done.out, done.err)
