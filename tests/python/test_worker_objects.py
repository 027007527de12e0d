# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/proxy.c
# covers: python/remote/proxyitems.c
# covers: python/remote/proxystep.c
# covers: worker/objects.c
# covers: worker/operate.c
# covers: worker/output.c
# covers: worker/values.c
"""Objects that live in a worker, as the host has them."""

import pytest

from workerplace import POLICY, place  # noqa: F401

pytestmark = pytest.mark.workers

PLUGIN = '''
    """Boxes."""

    class Box:
        """A box."""
        kind = "plain"
        def __init__(self, n, *, label="x"):
            self.n = n
            self.label = label
            self.things = {}
        def double(self):
            """Twice n."""
            return self.n * 2
        def __len__(self):
            return self.n
        def __getitem__(self, key):
            return self.things[key]
        def __setitem__(self, key, value):
            self.things[key] = value
        def __delitem__(self, key):
            del self.things[key]
        def __contains__(self, key):
            return key in self.things
        def __iter__(self):
            return iter(range(self.n))
        def __add__(self, other):
            return Box(self.n + (other.n if isinstance(other, Box) else other))
        def __lt__(self, other):
            return self.n < other.n
        def __enter__(self):
            return self
        def __exit__(self, type, value, traceback):
            self.n = 0
            return type is KeyError
        def __str__(self):
            return "Box of %d" % self.n
        def __call__(self, by):
            return self.n * by

    class Small(Box):
        pass

    def count(n):
        for i in range(n):
            got = yield i
            if got:
                yield got
        return "end"

    def same(a, b):
        return a is b

    def numbers(*args, **kwargs):
        return args, kwargs
'''


def test_classes_and_instances(place):
    place.write("plugins/boxes.py", PLUGIN)
    done = place.install("""
        from plugins.boxes import Box, Small, same, numbers
        b = Box(4, label="four")
        print(type(b).__name__, type(Box).__name__, type(same).__name__)
        print(b.double(), b.n, b.label, b.kind, len(b), bool(b), b(3), str(b))
        b.n = 5
        print(b.double(), list(b))
        b["a"] = 1
        print(b["a"], "a" in b, "z" in b)
        del b["a"]
        try:
            b["a"]
        except KeyError as error:
            print(error.args)
        print((b + 1).n, (b + Box(2)).n, Box(1) < Box(2), Box(2) < Box(1))
        print(isinstance(b, Box), isinstance(Small(1), Box), isinstance(b, Small), isinstance(3, Box))
        print(same(b, b), b == b, b == Box(5), {b: 1}[b], b.double.__doc__, Box.__name__)
        print(numbers(1, 2, a=[3]), hasattr(b, "nothing"), "double" in dir(b))
        try:
            Box()
        except TypeError as error:
            print("n" in str(error))
    """)
    assert done.out == (
        "RemoteInstance RemoteClass RemoteFunction\n"
        "8 4 four plain 4 True 12 Box of 4\n"
        "10 [0, 1, 2, 3, 4]\n"
        "1 True False\n('a',)\n6 7 True False\n"
        "True True False False\nTrue True False 1 Twice n. Box\n"
        "((1, 2), {'a': [3]}) False True\nTrue\n"), done.err


def test_iterators_and_generators(place):
    place.write("plugins/boxes.py", PLUGIN)
    done = place.install("""
        import plugins.boxes as boxes
        g = boxes.count(3)
        print(next(g), g.send(7), next(g), list(g))
        def through():
            return (yield from boxes.count(2))
        t = through()
        print(next(t), next(t))
        try:
            next(t)
        except StopIteration as stop:
            print(stop.value)
        g = boxes.count(3)
        next(g)
        try:
            g.throw(ValueError("in"))
        except ValueError as error:
            print(error)
        g = boxes.count(3)
        next(g)
        g.close()
        print(list(g))
    """)
    assert done.out == "0 7 1 [2]\n0 1\nend\nin\n[]\n", done.err


def test_a_tuple_is_sent_to_a_generator_as_one_value(place):
    place.write("plugins/boxes.py", """
        def echo():
            got = yield
            while True:
                got = yield got
    """)
    done = place.install("""
        import plugins.boxes as b
        echo = b.echo()
        next(echo)
        print(echo.send((1, 2)), echo.send(()), echo.send(3))
    """)
    assert done.out == "(1, 2) () 3\n", done.err


def test_isinstance_fails_as_the_worker_does(place):
    place.write("plugins/boxes.py", """
        class Box:
            pass
        class Odd(type):
            def __instancecheck__(self, other):
                raise ValueError("not to be told")
        class Oddity(metaclass=Odd):
            pass
    """)
    done = place.install("""
        import plugins.boxes as b
        box = b.Box()
        odd = b.Oddity
        try:
            isinstance(box, odd)
        except ValueError as error:
            print(error)
    """)
    assert done.out == "not to be told\n", done.err


def test_context_managers(place):
    place.write("plugins/boxes.py", PLUGIN)
    done = place.install("""
        import plugins.boxes as boxes
        b = boxes.Box(2)
        with b as same:
            print(same == b, b.n)
        print(b.n)
        with boxes.Box(1):
            raise KeyError("taken")
        try:
            with boxes.Box(1):
                raise ValueError("not taken")
        except ValueError as error:
            print(error)
    """)
    assert done.out == "True 2\n0\nnot taken\n", done.err


KEEPER = """
    class Keeper:
        def __init__(self, failing=False):
            self.failing = failing
            self.left = ""
        def __enter__(self):
            return self
        def __exit__(self, type, value, traceback):
            self.left = type.__name__
            if self.failing:
                raise ValueError("in its place")
            return True

    def keep():
        while True:
            try:
                yield 1
            except BaseException:
                pass

    def sleep():
        while True:
            pass
"""


@pytest.mark.parametrize("failing", [False, True])
@pytest.mark.parametrize("ending", [
    "KeyboardInterrupt", "SystemExit", "GeneratorExit", "stockade.WorkerDied",
    "stockade.SandboxTimeout", "stockade.SandboxError"])
def test_what_is_for_the_host_is_not_kept_from_it(place, ending, failing):
    place.write("plugins/boxes.py", KEEPER)
    done = place.install("""
        import stockade
        import plugins.boxes as boxes
        keeper = boxes.Keeper(%s)
        raised = %s("mine")
        try:
            with keeper:
                raise raised
        except BaseException as error:
            print(error is raised)
        print(keeper.left != "")
        steps = boxes.keep()
        next(steps)
        try:
            steps.throw(raised)
        except BaseException as error:
            print(error is raised)
        try:
            steps.throw(type(raised), raised)
        except BaseException as error:
            print(error is raised)
    """ % (failing, ending))
    assert done.out == "True\nTrue\nTrue\nTrue\n", done.err


def test_what_a_worker_raised_it_may_take(place):
    place.write("plugins/boxes.py", KEEPER + """
    def fail():
        class Odd(Exception):
            pass
        raise Odd("odd")
    """)
    done = place.install("""
        import plugins.boxes as boxes
        with boxes.Keeper():
            boxes.fail()
        with boxes.Keeper():
            raise OSError("the host's, and of no weight")
        steps = boxes.keep()
        next(steps)
        print(steps.throw(ValueError("x")))
    """)
    assert done.out == "1\n", done.err


def test_a_deadline_within_a_with_of_the_worker_is_told(place):
    place.policy(POLICY + "\n[sandbox strict]\ndeadline = 3s\n")
    place.write("plugins/boxes.py", KEEPER)
    done = place.install("""
        import stockade
        import plugins.boxes as boxes
        try:
            with boxes.Keeper():
                boxes.sleep()
        except stockade.SandboxTimeout as error:
            print(type(error).__name__)
    """)
    assert done.out == "SandboxTimeout\n", done.err


def test_what_a_library_asks_of_an_object_is_answered_here(place):
    place.write("plugins/boxes.py", """
        class Liar:
            def __reduce_ex__(self, protocol):
                return print, ("reduced",)
            def __getattr__(self, name):
                if name.startswith("__"):
                    return lambda *a, **k: "from the worker"
                raise AttributeError(name)
            __class__ = property(lambda self: dict)
            __fspath__ = lambda self: "/etc/passwd"
    """)
    done = place.install("""
        import copy, os, pickle
        from plugins.boxes import Liar
        liar = Liar()
        for function in copy.copy, copy.deepcopy, pickle.dumps, os.fspath, hex:
            try:
                function(liar)
            except TypeError as error:
                print("refused")
        print(hasattr(liar, "__array_interface__"), isinstance(liar, dict), type(liar).__name__)
        try:
            class Sub(Liar):
                pass
        except TypeError as error:
            print("subclass" in str(error))
    """)
    assert done.out == "refused\n" * 5 + "False False RemoteInstance\nTrue\n", (done.out, done.err)


def test_types_cannot_be_made_by_hand(place):
    place.write("plugins/boxes.py", PLUGIN)
    done = place.install("""
        import plugins.boxes as boxes
        for value in boxes.Box(1), boxes.Box, boxes.same, boxes.count(1):
            try:
                type(value)()
            except TypeError:
                print("refused")
        print(type(boxes)("x"))
    """)
    assert done.out == "refused\n" * 4 + "<module 'x'>\n", (done.out, done.err)


def test_handles_are_let_go_of(place):
    place.write("plugins/boxes.py", """
        import weakref
        alive = weakref.WeakSet()
        class Box:
            def __init__(self):
                alive.add(self)
        def count():
            return len(alive)
    """)
    done = place.install("""
        import plugins.boxes as boxes
        held = [boxes.Box() for _ in range(500)]
        print(boxes.count())
        again = held[0]
        del held
        boxes.count()
        print(boxes.count())
    """)
    assert done.out == "500\n1\n", done.err


def test_an_object_of_another_worker_is_refused(place):
    place.write("plugins/boxes.py", PLUGIN)
    place.write("plugins/other.py", PLUGIN)
    done = place.install("""
        import plugins.boxes as boxes, plugins.other as other
        try:
            boxes.same(other.Box(1), 2)
        except TypeError as error:
            print("another worker" in str(error))
        print(isinstance(other.Box(1), boxes.Box))
    """)
    assert done.out == "True\nFalse\n", done.err


def test_what_is_printed_comes_in_the_hosts_logging(place):
    place.write("plugins/boxes.py", """
        import sys
        print("at import")
        def talk():
            print("one", 2)
            print("no newline", end="")
            sys.stderr.write("wrong\\n")
            print("in\\ntwo", file=sys.stderr)
            print("a\\nb", end="")
            print("c")
    """)
    done = place.install("""
        import logging
        logging.basicConfig(level=logging.INFO, format="%(levelname)s:%(name)s:%(message)s")
        import plugins.boxes as boxes
        boxes.talk()
    """)
    assert sorted(done.err.split("\n")) == sorted([
        "INFO:plugins.boxes:at import", "INFO:plugins.boxes:one 2",
        "INFO:plugins.boxes:no newlinea", "INFO:plugins.boxes:bc", "WARNING:plugins.boxes:wrong",
        "WARNING:plugins.boxes:in", "WARNING:plugins.boxes:two", ""]), done.err
    assert done.out == ""


def test_what_is_dead_says_so_and_can_be_shown(place):
    place.policy(POLICY + "\n[sandbox strict]\ndeadline = 3s\n")
    place.write("plugins/boxes.py", """
        class Box:
            pass
        def spin():
            while True:
                pass
    """)
    done = place.install("""
        import stockade
        import plugins.boxes as boxes
        things = [boxes.Box, boxes.Box(), boxes.spin]
        print(things)
        try:
            things[2]()
        except stockade.SandboxTimeout:
            print(things)
            print(repr(boxes).startswith("<module 'plugins.boxes'"))
            print([str(thing) == repr(thing) == "%s" % thing == format(thing) for thing in things])
            print(things[1] == things[1], things[1] != things[0], len({*things, *things}))
        for use in bool, len, list, dir, lambda box: box.x, lambda box: box + 1, lambda box: box < 1:
            try:
                use(things[1])
            except stockade.WorkerDied as error:
                print(error)
    """)
    shown = ["<class Box in the worker of plugins.boxes%s>", "<Box object in the worker of plugins.boxes%s>",
             "<function spin in the worker of plugins.boxes%s>"]
    lines = ["[%s]" % ", ".join(text % more for text in shown) for more in ("", ", which is dead")]
    lines += ["True", "[True, True, True]", "True True 3"]
    assert done.out.splitlines() == lines + 7 * [
        "plugins.boxes: its worker ended earlier: the worker did not answer in time;"
        " `restart = on_next_call` in [sandbox strict] has the module loaded into another"], (
        done.out, done.err)


@pytest.mark.parametrize("more, number", [
    ("denials = 2", False), ("denials = 2\npreload = logging", False),
    ("syscalls = @process-info", True),
])
def test_a_worker_that_logs_is_refused_nothing_by_each_record(place, more, number):
    place.policy(POLICY + "\n[sandbox strict]\n" + more + "\n")
    place.write("plugins/boxes.py", """
        import logging
        log = logging.getLogger(__name__)
        def talk():
            for i in range(20):
                log.warning("row %d", i)
            return log.makeRecord("a", 1, "b", 2, "c", (), None).process is not None
    """)
    done = place.install("""
        import logging
        logging.basicConfig(format="%(name)s:%(message)s")
        import plugins.boxes as boxes
        print(boxes.talk())
    """)
    assert done.out == "%s\n" % number, done.err
    assert done.err.split("\n")[:20] == ["plugins.boxes:row %d" % i for i in range(20)]


def test_output_beyond_the_profiles_is_dropped(place):
    place.policy(POLICY + "\n[sandbox strict]\noutput = 4K\n")
    place.write("plugins/boxes.py", """
        def talk():
            for i in range(10000):
                print("x" * 99)
            return 1
    """)
    done = place.install("""
        import logging
        logging.basicConfig(level=logging.INFO)
        import plugins.boxes as boxes
        print(boxes.talk())
    """)
    assert done.out == "1\n"
    assert len(done.err) < 8000


def test_lines_without_end_cost_the_host_no_more_than_long_ones(place):
    place.write("plugins/boxes.py", """
        import sys
        def noise():
            sys.stderr.write("\\n" * 1000000)
            return 1
    """)
    done = place.install("""
        import logging
        class Counter(logging.Handler):
            n = 0
            def emit(self, record):
                Counter.n += 1
        logging.getLogger().addHandler(Counter())
        import plugins.boxes as b
        print(b.noise())
        print(Counter.n < 20000)
    """)
    assert done.out == "1\nTrue\n", done.err


def test_threads_of_the_host_share_a_worker(place):
    place.write("plugins/boxes.py", "def double(n):\n    return 2 * n\n")
    done = place.install("""
        import threading
        import plugins.boxes as boxes
        wrong = []
        def work(k):
            for i in range(200):
                if boxes.double(k * i) != 2 * k * i:
                    wrong.append(i)
        threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        print(wrong)
    """)
    assert done.out == "[]\n", done.err


def test_a_reply_beyond_the_profiles_limit_is_an_exception(place):
    place.policy(POLICY + "\n[sandbox strict]\nreply = 1M\n")
    place.write("plugins/boxes.py", "def big(n):\n    return b'x' * n\n")
    done = place.install("""
        import plugins.boxes as boxes
        print(len(boxes.big(1000)))
        try:
            boxes.big(8 << 20)
        except ValueError as error:
            print(str(error))
        print(boxes.big(1))
    """)
    assert done.out == "1000\n%s\nb'x'\n" % (
        "this cannot cross between host and worker: too long: 8388613 bytes or more, and `reply` of the"
        " profile is 1M"), (done.out, done.err)


def test_a_length_is_no_reason_to_take_memory(place):
    place.write("plugins/boxes.py", """
        class Long:
            n = 1 << 26
            def __len__(self):
                if self.n == 7:
                    return self.ask()
                return self.n
            def __iter__(self):
                return iter([1, 2, 3])
    """)
    done = place.install("""
        import resource
        import plugins.boxes as boxes
        def peak():
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        long, other = boxes.Long(), boxes.Long()
        before = peak()
        print(tuple(long), list(long), max(*long), len(long))
        long.n = 1 << 50
        print(tuple(long), [*long], (lambda *all: all)(*long), len(long))
        def ask():
            iter(other)
            return 1 << 26
        long.ask = ask
        long.n = 7
        print(tuple(long))
        iter(long)
        print(len(long), peak() - before < 100 << 10)
        for f in (iter, len):
            try:
                f(long)
            except TypeError as error:
                print(error)
    """)
    assert done.out == (
        "(1, 2, 3) [1, 2, 3] 3 67108864\n(1, 2, 3) [1, 2, 3] (1, 2, 3) 1125899906842624\n(1, 2, 3)\n67108864 True\n"
        "the worker of plugins.boxes says that there are 67108864 items, which is more than `reply` of its profile:"
        " take them one by one\n"), (done.out, done.err)
