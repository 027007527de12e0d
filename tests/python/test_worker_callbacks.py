# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/remotecalls.c
# covers: worker/callback.c
"""Functions of the host's that a worker was handed, and may call."""

import pytest

import workerplace
from workerplace import with_profile

pytestmark = pytest.mark.workers


@pytest.fixture
def place(tmp_path):
    place = workerplace.make(tmp_path)
    place.write("plugins/calls.py", """
        kept = []
        def call(function, *args, **kwargs):
            return function(*args, **kwargs)
        def each(function, values):
            return [function(value) for value in values]
        def keep(function):
            kept.append(function)
        def drop():
            kept.clear()
        def again(*args):
            return kept[-1](*args)
        def back(function):
            return function
        def shown(function):
            return repr(function), function.__name__, callable(function)
        def caught(function):
            try:
                return function()
            except Exception as error:
                return type(error).__name__, str(error)
        def same(a, b):
            return a == b, hash(a) == hash(b), a != b
        def many(function, n):
            done = 0
            for i in range(n):
                try:
                    function()
                    done += 1
                except RuntimeError as error:
                    return done, str(error)
            return done, ""
        def spin(seconds):
            import time
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                pass
            return 1
    """)
    return place


def test_functions_are_called_back(place):
    done = place.install("""
        import functools, operator
        import plugins.calls as c
        seen = []
        def log(*args, **kwargs):
            seen.append((args, kwargs))
            return len(seen)
        print(c.call(log, 1, "a", key=[2]), c.call(log), seen)
        print(c.each(lambda n: n * n, [1, 2, 3]))
        print(c.call(seen.append, 5), seen[-1], c.call(len, [1, 2]))
        print(c.call(functools.partial(operator.add, 2), 3))
        class Host:
            def method(self, n):
                return n + 1
            def __call__(self):
                return "called"
        print(c.call(Host().method, 1), c.call(Host().__call__))
        print(c.back(log) is log, c.back([log, {"f": log}])[1]["f"] is log)
        print(c.same(log, log), c.same(log, len))
        print(c.shown(log))
        c.keep(log)
        print(c.again(9))
    """)
    assert done.out == (
        "1 2 [((1, 'a'), {'key': [2]}), ((), {})]\n"
        "[1, 4, 9]\n"
        "None 5 2\n"
        "5\n"
        "2 called\n"
        "True True\n"
        "(True, True, False) (False, False, True)\n"
        "('<function log of the host>', 'function log', True)\n"
        "4\n"), (done.out, done.err)


def test_what_they_are_given_and_answer_crosses_by_the_same_rules(place):
    place.write("plugins/objects.py", """
        class Row:
            def __init__(self, n):
                self.n = n
            def double(self):
                return self.n * 2
        def show(function):
            row = Row(4)
            same = function(row, n=row)
            return same is row, row.n
        def make(function):
            return function()(20)
        def wrong(function):
            own = []
            own.append(own)
            try:
                function(own)
            except ValueError as error:
                return "cannot cross" in str(error)
    """)
    done = place.install("""
        import plugins.objects as o
        def look(row, n):
            print(row.n, row.double(), row == n, isinstance(row, o.Row))
            row.n = 5
            return row
        print(o.show(look))
        print(o.make(lambda: (lambda n: n + 1)))
        print(o.wrong(print))
        print(o.show(lambda row, n: row))
    """)
    assert done.out == "4 8 True True\n(True, 5)\n21\nTrue\n(True, 4)\n", (done.out, done.err)


def test_a_result_that_cannot_cross_is_a_TypeError_there(place):
    done = place.install("""
        import plugins.calls as c
        print(c.caught(lambda: object()))
        print(c.caught(lambda: [1 << 8 * 300000])[0])
        print(c.call(lambda: 1))
    """)
    lines = done.out.splitlines()
    assert lines[0].startswith("('TypeError', 'object objects cannot be handed to the worker"), (done.out, done.err)
    assert lines[1:] == ["ValueError", "1"], (done.out, done.err)


def test_exceptions_cross_both_ways(place):
    done = place.install("""
        import plugins.calls as c
        import stockade
        class Mine(KeyError):
            pass
        def fail():
            raise Mine("gone")
        print(c.caught(fail))
        try:
            c.call(fail)
        except KeyError as error:
            print(type(error).__name__, error.args, "in call" in error.__cause__.remote_traceback)
        def inner():
            try:
                c.call(fail)
            except KeyError as error:
                raise ValueError("outer") from error
        try:
            c.call(inner)
        except ValueError as error:
            print(error)
        try:
            c.call(open, "nothing")
        except OSError as error:
            print(error.args[:2], type(error).__name__)
    """)
    assert done.out == (
        "('KeyError', \"'gone'\")\n"
        "Mine ('gone',) True\n"
        "outer\n(2, 'No such file or directory') FileNotFoundError\n"), (done.out, done.err)


@pytest.mark.parametrize("ending", ["KeyboardInterrupt", "SystemExit", "GeneratorExit"])
def test_what_ends_the_host_is_not_kept_from_it(place, ending):
    done = place.install("""
        import plugins.calls as c
        import stockade
        def end():
            raise %s("mine")
        try:
            c.caught(end)
        except %s as error:
            print(type(error).__name__, error)
        try:
            c.call(len, [])
        except stockade.WorkerDied as error:
            print("died")
    """ % (ending, ending))
    assert done.out == ending + " mine\ndied\n", (done.out, done.err)


def test_a_callback_may_call_the_plugin_again(place):
    place.write("plugins/deep.py", """
        def down(n, function):
            return n if n == 0 else function(n - 1) + 1
    """)
    done = place.install("""
        import plugins.deep as d
        def up(n):
            return d.down(n, up)
        print(d.down(10, up))
        try:
            d.down(50, up)
        except Exception as error:
            print(type(error).__name__, error)
        print(d.down(10, up))
    """)
    assert done.out == (
        "10\nRecursionError plugins.deep: more than 32 calls within each other\n10\n"), (done.out, done.err)


def test_an_error_of_many_levels_stays_short(place):
    place.write("plugins/deep.py", """
        class Mine(Exception):
            pass
        def down(n, function):
            if n == 0:
                raise Mine("the one cause")
            return function(n - 1)
        def long(text):
            raise Mine(text)
    """)
    done = place.install("""
        import plugins.deep as d
        import stockade
        def up(n):
            return d.down(n, up)
        try:
            up(12)
        except stockade.RemoteError as error:
            print(str(error).split(chr(10))[0].endswith("plugins.deep.Mine: the one cause"), len(str(error)) < 5000)
        for text in "first " + "word " * 40000, "line of it" + chr(10) + "word " * 40000:
            try:
                d.long(text)
            except stockade.RemoteError as error:
                print(str(error)[:24], len(str(error)) < 82100, error.remote_traceback[:5])
    """)
    assert done.out == (
        "True True\nplugins.deep.Mine: first True word \nplugins.deep.Mine: line  True word \n"), (done.out, done.err)


def test_the_time_of_the_host_is_not_the_workers(place):
    place.policy(with_profile("deadline = 4s\nsyscalls = @compute @time\n"))
    done = place.install("""
        import time
        import plugins.calls as c
        print(c.call(lambda: time.sleep(5) or 1))
        print(c.each(lambda n: time.sleep(1.5) or n, range(4)))
    """)
    assert done.out == "1\n[0, 1, 2, 3]\n", (done.out, done.err)


def test_the_time_of_a_worker_within_a_callback_is(place):
    place.policy(with_profile("deadline = 3s\n"))
    done = place.install("""
        import stockade, time
        import plugins.calls as c
        began = time.monotonic()
        try:
            c.each(lambda n: c.spin(0.3), range(1000))
        except stockade.SandboxTimeout:
            print("timeout", 2.9 < time.monotonic() - began < 60)
    """)
    assert done.out == "timeout True\n", (done.out, done.err)


def test_how_often_is_the_profiles_to_say(place):
    place.policy(with_profile("callbacks = 3\n"))
    done = place.install("""
        import plugins.calls as c
        print(c.many(lambda: 1, 3))
        print(c.many(lambda: 1, 100))
        print(c.many(lambda: 1, 2))
    """)
    assert done.out == (
        "(3, '')\n(3, 'one call may call back into the host 3 times: callbacks of its profile')\n"
        "(2, '')\n"), (done.out, done.err)


def test_a_profile_may_have_none(place):
    place.policy(with_profile("callbacks = 0\n"))
    done = place.install("""
        import plugins.calls as c
        try:
            c.call(print)
        except TypeError as error:
            print(error)
        print(c.each.__name__)
    """)
    assert done.out == (
        "a function cannot be handed to the worker of plugins.calls: [sandbox strict] has callbacks = 0\n"
        "each\n"), (done.out, done.err)


def test_what_a_worker_lets_go_of_is_let_go_of(place):
    done = place.install("""
        import gc, weakref
        import plugins.calls as c
        def lend():
            def function():
                return 1
            c.call(function)
            return weakref.ref(function)
        refs = [lend() for _ in range(100)]
        c.drop()
        print(sum(ref() is not None for ref in refs))
        def held():
            def function():
                return 2
            c.keep(function)
            return weakref.ref(function)
        ref = held()
        print(c.again(), ref() is not None)
        c.drop(), c.drop()
        print(ref())
        def unsent():
            def function():
                pass
            try:
                c.call(function, object())
            except TypeError:
                pass
            return weakref.ref(function)
        print(unsent()())
        print(c.call(lambda: 3))
    """)
    assert done.out == "0\n2 True\nNone\nNone\n3\n", (done.out, done.err)


def test_a_worker_that_ends_holds_nothing(place):
    done = place.install("""
        import weakref
        import stockade
        import plugins.calls as c
        def held():
            def function():
                raise SystemExit
            c.keep(function)
            return weakref.ref(function)
        ref = held()
        try:
            c.again()
        except SystemExit:
            print("ends")
        print(ref())
    """)
    assert done.out == "ends\nNone\n", (done.out, done.err)


def test_a_string_of_code_may_call_its_inputs(place):
    place.policy("default = allow\n[modules]\nplugins = allow\n")
    done = place.install("""
        with _guard.sandbox("agent") as box:
            print(box.run("fetch('a') + fetch('b')", inputs={"fetch": lambda name: name * 2}).value)
    """)
    assert done.out == "aabb\n", (done.out, done.err)


def test_threads_call_back_in_their_own(place):
    done = place.install("""
        import threading
        import plugins.calls as c
        found = []
        def who():
            return threading.get_ident()
        def work():
            for _ in range(50):
                found.append(c.call(who) == threading.get_ident())
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(len(found), all(found))
    """)
    assert done.out == "200 True\n", (done.out, done.err)


# A worker that lies: it changes which function it holds.
LIAR = """
    import ctypes
    # behind the head of an object: its name, then its id
    ID = object.__basicsize__ + ctypes.sizeof(ctypes.c_void_p)
    def forge(function, number):
        ctypes.c_uint64.from_address(id(function) + ID).value = number
        return function()
    kept = []
    def stale(function):
        kept.append(ctypes.c_uint64.from_address(id(function) + ID).value)
    def use(function):
        ctypes.c_uint64.from_address(id(function) + ID).value = kept[0]
        return function()
    def as_value(function, number):
        ctypes.c_uint64.from_address(id(function) + ID).value = number
        return function
    def own(function):
        return 1
"""


@pytest.mark.parametrize("lie", [
    "l.forge(f, 77777)", "l.forge(f, 0)", "l.forge(f, 2**64 - 1)", "l.forge(f, 2)",
    "l.stale(f), l.own(1), l.use(print)", "l.as_value(f, 5)"])
def test_a_forged_or_stale_one_ends_the_worker(place, lie):
    place.policy(with_profile("preload = ctypes\n"))
    place.write("plugins/liar.py", LIAR)
    done = place.install("""
        import stockade
        import plugins.liar as l, plugins.calls as c
        def secret():
            print("reached")
        c.keep(secret)
        def f():
            pass
        def one():
            return l.stale(lambda: print("gone"))
        try:
            %s
        except stockade.WorkerDied as error:
            print("died", "never handed" in str(error))
        print(c.call(lambda: 1))
    """ % lie.replace("l.stale(f)", "one()"))
    if "2**64" in lie or "f, 0" in lie or "as_value" in lie:
        assert done.out.startswith("died "), (done.out, done.err)
        assert done.out.endswith("\n1\n"), (done.out, done.err)
    else:
        assert done.out == "died True\n1\n", (done.out, done.err)


def test_a_signal_that_woke_nobody_ends_the_call_all_the_same(place):
    place.policy(with_profile("deadline = 120s\nsyscalls = @compute @time"))
    done = place.install("""
        import _thread, signal, threading, time
        import plugins.calls as c
        # a shell ignores it for what it runs in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
        c.call(len, "")
        began = time.monotonic()
        try:
            # as a signal does that another thread of the host got
            threading.Timer(0.5, _thread.interrupt_main).start()
            c.spin(100)
        except KeyboardInterrupt:
            print("interrupted", time.monotonic() - began < 60)
    """)
    assert done.out == "interrupted True\n", (done.out, done.err)


def test_methods_of_C_are_functions_too(place):
    done = place.install("""
        import plugins.calls as c
        print(c.each(str.upper, ["a"]), c.each((3).__add__, [1]), c.each(int.__neg__, [2]), c.call(dict.fromkeys, "ab"))
        print(c.shown(str.upper), c.back(str.upper) is str.upper)
        class Called:
            def __call__(self):
                return 1
        import enum
        for odd in Called(), Called, enum.Enum("Kind", "A"):
            try:
                c.call(odd)
            except TypeError as error:
                print(str(error).partition(": ")[2])
    """)
    assert done.out == (
        "['A'] [4] [-2] {'a': None, 'b': None}\n"
        "('<function upper of the host>', 'function upper', True) True\n"
        "hand over a function that calls it\n" + 2 * "hand over a function that makes what is wanted\n"), (done.out, done.err)


def test_what_is_asked_within_each_other_is_bounded_together(place):
    place.policy(workerplace.PATIENT + "reply = 4M\n")
    place.write("plugins/large.py", """
        def ask(call, size):
            try:
                return call(bytes(size))
            except ValueError as error:
                return str(error)
    """)
    done = place.install("""
        import resource
        import plugins.large as l
        deep = []
        def call(data):
            deep.append(len(data))
            return l.ask(call, 1 << 20)
        print(l.ask(lambda data: len(data), 3 << 20))
        print(l.ask(call, 1 << 20), len(deep))
        print(l.ask(lambda data: len(data), 3 << 20))
    """)
    assert done.out == (
        "3145728\nwhat the worker of plugins.large asks within what it has asked is longer, together, than `reply` of its"
        " profile 3\n3145728\n"), (done.out, done.err)
