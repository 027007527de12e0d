# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/remotekept.c
# covers: python/remote/remotetold.c
"""What a function of the host's raised, let through by the worker: the very exception."""

import sys

import pytest

from workerplace import POLICY
import guarded

pytestmark = pytest.mark.workers


@pytest.fixture
def place(tmp_path):
    place = guarded.Place(tmp_path)
    place.policy(POLICY)
    place.write("plugins/__init__.py", "")
    place.write("plugins/calls.py", """
        kept = []
        def call(function, *args):
            return function(*args)
        def keep(function):
            try:
                function()
            except Exception as error:
                kept.append(error)
                return vars(error)
        def throw(n=-1):
            raise kept[n]
        def caught(function):
            try:
                function()
            except ValueError as error:
                return [base.__name__ for base in type(error).__mro__], error.args, str(error)
        def again(function):
            try:
                function()
            except Exception as error:
                first = error
            for _ in range(3):
                try:
                    raise first
                except Exception:
                    pass
            raise first
        def wrapped(function):
            try:
                function()
            except Exception as error:
                raise KeyError("plugin") from error
        def steps(function):
            yield 1
            function()
        class Row:
            def __init__(self, function):
                self.function = function
            def __getattr__(self, name):
                return self.function()
            def __enter__(self):
                return self.function()
            def __getitem__(self, key):
                return self.function()
        async def coming(function):
            return await function()
        def pretend(*numbers):
            for number in numbers:
                error = ValueError("mine")
                error.__host_call__ = number
                try:
                    raise error
                except ValueError as one:
                    last = one
            raise last
        def many(function, n, first):
            errors = []
            for _ in range(n):
                try:
                    function()
                except Exception as error:
                    errors.append(error)
            raise errors[0 if first else -1]
        def group(function):
            errors = [KeyError("own")]
            for _ in range(2):
                try:
                    function()
                except Exception as error:
                    errors.append(error)
            raise ExceptionGroup("several", errors)
    """)
    return place


START = """
    import gc
    import traceback
    import weakref
    import stockade
    import plugins.calls as c
    class Mine(ValueError):
        def __init__(self, code):
            super().__init__("code %d" % code)
            self.code = code
            self.held = object()
    made = []
    def fail():
        made.append(Mine(7))
        raise made[-1]
    def outcome(function, *args):
        try:
            return function(*args)
        except BaseException as error:
            return error
"""


def host(place, main, **kwargs):
    return place.install(guarded.dedent(START) + guarded.dedent(main), **kwargs)


def test_the_caller_gets_the_exception_that_its_function_raised(place):
    done = host(place, """
        for function, args in [(c.call, (fail,)), (c.again, (fail,)), (lambda: c.Row(fail).what, ()),
                               (lambda: c.Row(fail)[1], ()), (lambda: c.Row(fail).__enter__(), ()),
                               (lambda: list(c.steps(fail)), ())]:
            error = outcome(function, *args)
            print(type(error) is Mine, error is made[-1], error.code, str(error))
        print([one.name for one in traceback.extract_tb(outcome(c.call, fail).__traceback__)][-2:])
        print(type(error.__cause__).__name__, "in steps" in error.__cause__.remote_traceback)
        print(c.call(len, "abc"))
    """)
    assert done.out == ("True True 7 code 7\n" * 6 + "['outcome', 'fail']\nRemoteError True\n3\n"), (done.out, done.err)


def test_it_is_of_a_built_in_type_in_the_worker(place):
    done = host(place, """
        print(c.caught(fail)[0][:2], c.caught(fail)[1:])
        class Odd(UnicodeDecodeError):
            def __init__(self):
                super().__init__("utf-8", b"x", 0, 1, "odd")
                self.args = (self,)
        def odd():
            raise Odd
        print(c.caught(odd)[0][:2])
        print(type(outcome(c.call, odd)).__name__)
    """)
    assert done.out == ("['ValueError', 'Exception'] (('code 7',), 'code 7')\n"
                        "['UnicodeError', 'ValueError']\nOdd\n"), (done.out, done.err)


def test_what_the_plugin_raises_itself_is_the_plugins(place):
    done = host(place, """
        error = outcome(c.wrapped, fail)
        print(type(error).__name__, error.args, "code 7" in error.__cause__.remote_traceback)
    """)
    assert done.out == "KeyError ('plugin',) True\n", (done.out, done.err)


def test_a_cause_of_its_own_stays(place):
    done = host(place, """
        def chained():
            try:
                {}["a"]
            except KeyError as error:
                raise Mine(1) from error
        def within():
            try:
                {}["a"]
            except KeyError:
                raise Mine(2)
        def alone():
            raise Mine(3) from None
        for function in chained, within, alone:
            error = outcome(c.call, function)
            print(error.code, repr(error.__cause__), repr(error.__context__), error.__suppress_context__)
    """)
    assert done.out == ("1 KeyError('a') KeyError('a') True\n2 None KeyError('a') False\n"
                        "3 None None True\n"), (done.out, done.err)


def test_it_goes_through_several_levels(place):
    place.write("plugins/deep.py", """
        class Own(Exception):
            pass
        def down(n, function, own=False):
            if n == 0 and own:
                raise Own("deep")
            return function(n - 1)
    """)
    done = host(place, """
        import plugins.deep as d
        def up(n):
            return fail() if n < 0 else d.down(n, up)
        error = outcome(up, 9)
        print(error is made[-1], len(made))
        def own(n):
            return d.down(n, own, True)
        error = outcome(own, 5)
        print(error.remote_type, outcome(c.call, lambda: own(3)).remote_type)
    """)
    assert done.out == "True 1\nplugins.deep.Own plugins.deep.Own\n", (done.out, done.err)


def test_one_of_another_call_is_not_raised_and_none_is_kept(place):
    done = host(place, """
        print(c.keep(fail).keys() <= {"__host_call__"})
        error = outcome(c.throw)
        print(type(error) is ValueError, error.args)
        class Held:
            pass
        def hold():
            held = Held()
            held_by.append(weakref.ref(held))
            error = Mine(1)
            error.held = held
            raise error
        held_by = []
        c.keep(hold)
        gc.collect()
        print(held_by[0]() is None)
        def within():
            c.keep(fail)
            return type(outcome(c.throw)).__name__
        print(c.call(within))
    """)
    assert done.out == "True\nTrue ('code 7',)\nTrue\nValueError\n", (done.out, done.err)


def test_a_number_that_a_worker_makes_up_is_nobodys(place):
    done = host(place, """
        c.keep(fail)
        for number in 1, 2, 0, -1, 2 ** 70, "1", None, 1.0, True, [1]:
            error = outcome(c.pretend, number)
            print(type(error) is ValueError, error.args)
        def outer():
            def inner():
                return outcome(c.pretend, *range(100))
            first = outcome(c.call, inner)
            fail()
        error = outcome(c.call, outer)
        print(error is made[-1])
    """)
    assert done.out == "True ('mine',)\n" * 10 + "True\n", (done.out, done.err)


def test_the_last_ones_of_a_call_are_kept(place):
    done = host(place, """
        error = outcome(c.many, fail, 1000, False)
        print(error is made[-1])
        error = outcome(c.many, fail, 1000, True)
        print(type(error) is ValueError, error.args)
        made.clear()
        refs = []
        class Held:
            pass
        def hold():
            error = Mine(2)
            error.held = Held()
            refs.append(weakref.ref(error.held))
            if len(refs) == 500:
                gc.collect()
                print(sum(one() is not None for one in refs) <= 20)
            raise error
        print(outcome(c.many, hold, 600, False).code)
    """)
    assert done.out == "True\nTrue ('code 7',)\nTrue\n2\n", (done.out, done.err)


def test_what_ends_an_iteration_is_not_let_through(place):
    done = host(place, """
        def stop():
            raise StopIteration(3)
        def astop():
            raise StopAsyncIteration
        for function in stop, astop:
            print(type(outcome(c.call, function)).__name__, outcome(c.call, function).remote_type)
    """)
    assert done.out == "RemoteError StopIteration\nRemoteError StopAsyncIteration\n", (done.out, done.err)


def test_a_coroutine_of_the_hosts(place):
    done = host(place, """
        import asyncio
        async def later():
            await asyncio.sleep(0)
            fail()
        async def main():
            try:
                await c.coming(later)
            except Mine as error:
                print(error is made[-1])
        asyncio.run(main())
    """)
    assert done.out == "True\n", (done.out, done.err)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="groups are of 3.11")
def test_in_a_group(place):
    done = host(place, """
        group = outcome(c.group, fail)
        print(type(group).__name__, [type(one).__name__ for one in group.exceptions])
        print(group.exceptions[1] is made[0], group.exceptions[2] is made[1])
    """)
    assert done.out == "ExceptionGroup ['KeyError', 'Mine', 'Mine']\nTrue True\n", (done.out, done.err)


def test_in_a_string_of_code(place):
    place.profiles = ["agent"]
    place.policy("default = allow\ntrusted = @stdlib\n")
    place.write("plugins/calls.py", "")
    done = host(place, """
        with _guard.sandbox("agent") as box:
            error = outcome(lambda: box.run("print('a')\\nf()", inputs={"f": fail}))
            print(error is made[-1], error.__cause__.result.output)
    """)
    assert done.out == "True a\n\n", (done.out, done.err)


def test_what_they_were_called_with_is_not_held_without_end(place):
    """In the frames that each came through: no more than one answer may be."""
    place.policy(POLICY + "\n[sandbox strict]\nreply = 2M\ndeadline = 60s\n")
    place.write("plugins/calls.py", """
        def often(function):
            for _ in range(16):
                try:
                    function("x" * 1500000)
                except ValueError as error:
                    last = error
            function("")
            raise last
    """)
    done = place.install("""
        import tracemalloc
        import plugins.calls as p
        raised = []
        def mine(text):
            if not text:
                return print(tracemalloc.get_traced_memory()[0] < 8000000)
            raised[:] = [ValueError(len(text))]
            raise raised[0]
        tracemalloc.start()
        try:
            p.often(mine)
        except ValueError as error:
            print(error is raised[0])
    """)
    assert done.out == "True\nTrue\n", (done.out, done.err)
