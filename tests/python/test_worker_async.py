# SPDX-License-Identifier: Apache-2.0
# covers: python/remote/proxyawait.c
# covers: python/remote/proxyclass.c
# covers: worker/await.c
"""What of a worker can be awaited, and several threads that use one."""

import sys

import pytest

import workerplace

pytestmark = pytest.mark.workers

POLICY = workerplace.with_profile("syscalls = @compute @time\n")

PLUGIN = """
    import time

    class Nap:
        def __await__(self):
            yield
            return "slept"

    async def inner(n):
        await Nap()
        return n * 2

    async def twice(n, *, more=0):
        "Twice."
        return await inner(n) + more

    async def fail():
        raise KeyError("gone")

    async def spin(seconds, value=None):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pass
        return value

    async def until(there):
        while not there():
            time.sleep(0.005)

    def quick(n):
        return n + 1

    async def for_ever():
        while True:
            await Nap()

    async def count(n):
        for i in range(n):
            await Nap()
            got = yield i
            if got:
                yield got

    class Stream:
        def __init__(self, n):
            self.n = n
        def __aiter__(self):
            return self
        async def __anext__(self):
            if not self.n:
                raise StopAsyncIteration
            self.n -= 1
            return self.n

    class Holding:
        def __init__(self, takes=False):
            self.takes = takes
            self.state = "new"
        async def __aenter__(self):
            self.state = "in"
            return self
        async def __aexit__(self, type, value, traceback):
            self.state = type.__name__ if type else "out"
            return self.takes
        async def method(self, n):
            return self.state, n

    class Odd:
        def __await__(self):
            yield 5

    async def odd():
        await Odd()

    async def fetch_all(fetch, names):
        return [await fetch(name) for name in names]

    async def spin_and_fetch(seconds, fetch):
        await spin(seconds)
        return await fetch("fetched")

    def back(function):
        return function()

    async def call(function, *args):
        return function(*args)

    async def stop():
        raise StopAsyncIteration

    def later(n):
        return inner(n)
"""


@pytest.fixture
def place(tmp_path):
    place = workerplace.make(tmp_path, POLICY)
    place.write("plugins/coming.py", PLUGIN)
    return place


def test_coroutines_are_awaited(place):
    done = place.install("""
        import asyncio, inspect
        import plugins.coming as c
        async def main():
            print(await c.twice(4), await c.twice(4, more=1))
            print(await c.later(3), await c.Nap())
            print(await asyncio.gather(c.twice(1), c.twice(2), c.inner(3)))
            task = asyncio.create_task(c.twice(5))
            print(await task, await asyncio.wait_for(c.twice(6), 60))
            try:
                await c.fail()
            except KeyError as error:
                print(error.args, "in fail" in error.__cause__.remote_traceback)
            coroutine = c.twice(1)
            await coroutine
            try:
                await coroutine
            except RuntimeError as error:
                print(error)
            print(await c.Holding().method(2))
        asyncio.run(main())
        print(asyncio.run(c.twice(8)))
        print(inspect.iscoroutinefunction(c.twice) or asyncio.iscoroutinefunction(c.twice),
              asyncio.iscoroutinefunction(c.quick), inspect.isawaitable(c.twice(1)),
              inspect.isawaitable(c.Holding()), inspect.isawaitable(c.later(1)))
        print(c.twice.__doc__, inspect.signature(c.twice))
    """)
    assert done.out == (
        "8 9\n6 slept\n[2, 4, 6]\n10 12\n('gone',) True\n"
        "cannot reuse already awaited coroutine\n('new', 2)\n16\n"
        "True False True False True\nTwice. (n, *, more=0)\n"), (done.out, done.err)


def test_the_loop_goes_on_meanwhile(place):
    done = place.install("""
        import asyncio
        import plugins.coming as c
        ticks = 0
        async def tick():
            global ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1
        async def one(n):
            wanted = ticks + 5
            await c.until(lambda: ticks >= wanted)
            return n
        async def main():
            ticker = asyncio.ensure_future(tick())
            print(await one(0))
            print(await asyncio.gather(*[one(n) for n in range(3)]))
            ticker.cancel()
        asyncio.run(main())
    """)
    assert done.out == "0\n[0, 1, 2]\n", (done.out, done.err)


def test_two_workers_run_at_once(place):
    place.write("plugins/other.py", PLUGIN)
    done = place.install("""
        import asyncio
        import plugins.coming as c, plugins.other as o
        order = []
        async def take(name, coroutine):
            await coroutine
            order.append(name)
        async def main():
            await asyncio.gather(take("long", c.until(lambda: bool(order))), take("short", o.spin(0.1)))
        asyncio.run(main())
        print(order)
    """)
    assert done.out == "['short', 'long']\n", (done.out, done.err)


def test_many_are_served_in_their_order(place):
    place.policy(POLICY + "deadline = 4s\n")
    done = place.install("""
        import asyncio
        import plugins.coming as c
        order = []
        async def one(n):
            order.append(await c.spin(0.25, n))
        async def main():
            await asyncio.gather(*[one(n) for n in range(20)])
        asyncio.run(main())
        print(order == list(range(20)))
    """)
    assert done.out == "True\n", (done.out, done.err)


def test_async_iterators(place):
    done = place.install("""
        import asyncio
        import plugins.coming as c
        async def main():
            print([n async for n in c.count(3)], [n async for n in c.Stream(2)])
            g = c.count(3)
            print(await g.__anext__(), await g.asend("x"), await g.__anext__())
            try:
                await g.athrow(ValueError("in"))
            except ValueError as error:
                print(error)
            g = c.count(3)
            await g.__anext__()
            await g.aclose()
            print([n async for n in g])
            try:
                async for n in c.Holding():
                    pass
            except TypeError as error:
                print("async for" in str(error))
        asyncio.run(main())
    """)
    assert done.out == "[0, 1, 2] [1, 0]\n0 x 1\nin\n[]\nTrue\n", (done.out, done.err)


def test_async_context_managers(place):
    done = place.install("""
        import asyncio
        import plugins.coming as c
        async def main():
            h = c.Holding()
            async with h as same:
                print(same == h, h.state)
            print(h.state)
            async with c.Holding(True) as h:
                raise KeyError("taken")
            print(h.state)
            try:
                async with c.Holding() as h:
                    raise KeyError("kept")
            except KeyError as error:
                print(error.args, h.state)
            for ending in KeyboardInterrupt, asyncio.CancelledError:
                try:
                    async with c.Holding(True) as h:
                        raise ending("mine")
                except ending:
                    print("not taken", h.state != "in")
        asyncio.run(main())
    """)
    assert done.out == (
        "True in\nout\nKeyError\n('kept',) KeyError\n"
        "not taken True\nnot taken True\n"), (done.out, done.err)


def test_async_functions_of_the_host_are_awaited_there(place):
    done = place.install("""
        import asyncio
        import plugins.coming as c
        async def fetch(name):
            await asyncio.sleep(0.01)
            return name * 2
        async def broken(name):
            raise ValueError(name)
        async def main():
            print(await c.fetch_all(fetch, ["a", "b"]))
            try:
                await c.fetch_all(broken, ["a"])
            except ValueError as error:
                print(error)
            print(await c.call(lambda n: n + 1, 1))
            async def again(n):
                return n if n == 0 else await asyncio.sleep(0, 7)
            print(await c.fetch_all(again, [0, 1]))
        asyncio.run(main())
        import warnings
        warnings.simplefilter("ignore")
        try:
            c.fetch_all(fetch, ["a"]).send(None)
        except TypeError as error:
            print(error)
    """)
    assert done.out == (
        "['aa', 'bb']\na\n2\n[0, 7]\n"
        "an async function of the host's can be called where the host awaits the worker\n"), (done.out, done.err)


def test_who_is_awaited_by_a_worker_cannot_await_it(place):
    place.policy(POLICY + "deadline = 200ms\n")
    main = """
        import asyncio, time
        import plugins.coming as c
        async def around(name):
            try:
                return await c.twice(1)
            except RuntimeError as error:
                return str(error)
        async def aside(name):
            return (await asyncio.gather(c.twice(1), c.twice(2)))[0]
        async def main():
            await c.twice(0)
            print(await c.fetch_all(around, [1]))
            began = time.monotonic()
            try:
                print(await c.fetch_all(aside, [1]))
            except Exception as error:
                print("given up", time.monotonic() - began < 60)
            print(await c.twice(4))
        asyncio.run(main())
    """
    told = "['a worker cannot be awaited by what it awaits itself']\ngiven up True\n8\n"
    for _ in range(8):  # its deadline, of which there are many, may end a call of a busy machine
        done = place.install(main)
        if done.out == told:
            break
    assert done.out == told, (done.out, done.err)


def test_tasks_ask_a_worker_that_waits_for_their_loop(place):
    place.policy(POLICY + "deadline = 3s\ncallbacks = 4\n")
    done = place.install("""
        import asyncio, time
        import plugins.coming as c
        h = c.Holding()
        async def slow(name):
            await asyncio.sleep(0.2)
            return name
        async def meanwhile(what):
            await asyncio.sleep(0.05)
            return what()
        async def numbers(n):
            return [i async for i in c.count(n)]
        async def within(name):
            return c.quick(name) + c.back(lambda: c.quick(name))
        async def many(name):
            await asyncio.sleep(0.05)
            return [c.back(lambda: n) for n in range(10)][-1]
        async def main():
            for what in (lambda: c.quick(1), lambda: h.state, lambda: bool(h), lambda: c.count(1) is None,
                         lambda: c.back(lambda: c.quick(5)), lambda: "Holding" in repr(h)):
                began = time.monotonic()
                print(await asyncio.gather(c.fetch_all(slow, ["a"]), meanwhile(what)), time.monotonic() - began < 2)
            print(await asyncio.gather(numbers(2), c.fetch_all(slow, ["b"]), numbers(3)))
            print(await c.fetch_all(within, [1, 2]))
            print(await asyncio.gather(c.fetch_all(slow, ["c"] * 4), many(0)))
            async def late(name):
                await asyncio.sleep(4)
                return await meanwhile(lambda: c.quick(1))
            print(await c.fetch_all(late, ["d"]))
        asyncio.run(main())
    """)
    assert done.out == (
        "[['a'], 2] True\n[['a'], 'new'] True\n[['a'], True] True\n[['a'], False] True\n"
        "[['a'], 6] True\n[['a'], True] True\n"
        "[[0, 1], ['b'], [0, 1, 2]]\n[4, 6]\n[['c', 'c', 'c', 'c'], 9]\n[2]\n"), (done.out, done.err)


def test_a_task_asks_before_the_worker_waits_for_its_loop(place):
    place.policy(POLICY + "deadline = 5s\n")
    done = place.install("""
        import asyncio, time
        import plugins.coming as c
        async def fetch(name):
            return name
        async def touch():
            await asyncio.sleep(0.05)
            return c.quick(1)
        async def main():
            began = time.monotonic()
            print(await asyncio.gather(c.spin_and_fetch(0.3, fetch), touch()), time.monotonic() - began < 4)
        asyncio.run(main())
    """)
    assert done.out == "['fetched', 2] True\n", (done.out, done.err)


def test_without_a_loop_it_is_asked_at_once(place):
    done = place.install("""
        import plugins.coming as c
        try:
            c.twice(3).send(None)
        except StopIteration as stop:
            print(stop.value)
        coroutine = c.twice(3)
        try:
            coroutine.send(1)
        except TypeError as error:
            print(error)
        coroutine.close()
        try:
            coroutine.send(None)
        except RuntimeError as error:
            print(error)
        try:
            c.twice(3).throw(ValueError("thrown"))
        except ValueError as error:
            print(error)
    """)
    assert done.out == (
        "6\ncan't send non-None value to a just-started coroutine\n"
        "cannot reuse already awaited coroutine\nthrown\n"), (done.out, done.err)


def test_what_cannot_be_awaited_there_says_so(place):
    done = place.install("""
        import asyncio
        import plugins.coming as c
        async def main():
            try:
                await c.odd()
            except RuntimeError as error:
                print(error)
            try:
                await c.stop()
            except Exception as error:
                print(type(error).__name__)
            try:
                await c.Holding()
            except TypeError as error:
                print("await" in str(error))
            print(await c.twice(1))
        asyncio.run(main())
    """)
    assert done.out == (
        "a worker has no event loop: a coroutine in it awaits coroutines of its own and functions of the host's\n"
        "RuntimeError\nTrue\n2\n"), (done.out, done.err)


def test_a_coroutine_has_a_deadline(place):
    place.policy(POLICY + "deadline = 3s\n")
    done = place.install("""
        import asyncio, time
        import stockade
        import plugins.coming as c
        async def main():
            began = time.monotonic()
            try:
                await c.for_ever()
            except stockade.SandboxTimeout:
                print("timeout", time.monotonic() - began < 60)
            try:
                await c.twice(1)
            except stockade.WorkerDied:
                print("died")
        asyncio.run(main())
    """)
    assert done.out == "timeout True\ndied\n", (done.out, done.err)


def test_a_task_can_be_cancelled(place):
    done = place.install("""
        import asyncio
        import plugins.coming as c
        given_up = []
        async def main():
            try:
                await asyncio.wait_for(c.until(lambda: bool(given_up)), 0.2)
            except asyncio.TimeoutError:
                given_up.append(True)
                print("given up")
            print(await c.twice(1))
        asyncio.run(main())
    """)
    assert done.out == "given up\n2\n", (done.out, done.err)


@pytest.mark.skipif(sys.version_info < (3, 9), reason="asyncio.to_thread() is of 3.9")
def test_threads_of_asyncio(place):
    done = place.install("""
        import asyncio
        import plugins.coming as c
        async def main():
            print(await asyncio.gather(*[asyncio.to_thread(c.quick, n) for n in range(8)]))
        asyncio.run(main())
    """)
    assert done.out == "[1, 2, 3, 4, 5, 6, 7, 8]\n", (done.out, done.err)


def test_threads_wait_for_each_other(place):
    place.policy(POLICY + "deadline = 5s\n")
    done = place.install("""
        import threading
        import stockade
        import plugins.coming as c
        found = []
        def work():
            for n in range(100):
                found.append(c.quick(n) == n + 1)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(len(found), all(found))
        # who waits for a thread that waits for him is told so
        def back():
            thread = threading.Thread(target=lambda: told.append(attempt()))
            thread.start()
            thread.join()
        told = []
        def attempt():
            try:
                return c.quick(1)
            except stockade.SandboxTimeout as error:
                return str(error)
        import asyncio
        asyncio.run(c.call(back))
        print(told)
    """)
    assert done.out == (
        "400 True\n['plugins.coming: other threads keep the worker busy']\n"), (done.out, done.err)


def test_in_a_forked_child_it_is_said_at_once_that_there_is_no_worker(place):
    done = place.install("""
        import asyncio, os, signal, stockade
        import plugins.coming as c
        async def ask(function):
            return await function(2)
        twice = c.twice
        print(asyncio.run(ask(twice)), flush=True)
        child = os.fork()
        if child == 0:
            signal.alarm(120)
            try:
                asyncio.run(ask(twice))
            except stockade.WorkerDied as error:
                print("forked this one" in str(error), flush=True)
            os._exit(0)
        print(os.waitpid(child, 0)[1], asyncio.run(ask(twice)))
    """)
    assert done.out == "4\nTrue\n0 4\n", (done.out, done.err)


def test_loops_of_two_threads_ask_through_one_thread_of_the_workers(place):
    done = place.install("""
        import asyncio, threading
        import plugins.coming as c
        twice, call, seen = c.twice, c.call, []
        async def ask():
            await call(lambda: seen.append(threading.current_thread().name))
            return await twice(1)
        threads = [threading.Thread(target=lambda: asyncio.run(ask())) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(len(seen), len(set(seen)))
    """)
    assert done.out == "8 1\n", (done.out, done.err)


def test_a_worker_runs_a_loop_of_its_own_and_is_refused_nothing(place):
    place.policy(POLICY + "syscalls = @asyncio\npreload = asyncio\n")
    place.write("plugins/loops.py", """
        import asyncio

        async def double(n):
            await asyncio.sleep(0.001)
            return n * 2

        async def every(n):
            return sum(await asyncio.gather(*(double(i) for i in range(n))))

        def run(n):
            return asyncio.run(every(n))
    """)
    done = place.install("""
        import plugins.loops as loops
        print([loops.run(4) for again in range(5)])
    """)
    assert done.out == "[12, 12, 12, 12, 12]\n", done.err
    assert [r["name"] for r in done.records if r["event"] == "syscall"] == []


def test_a_signal_has_no_handler_in_a_worker(place):
    place.policy(POLICY + "preload = signal\n")
    place.write("plugins/loops.py", """
        import signal
        def handler():
            return signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    """)
    done = place.install("import plugins.loops as loops\nprint(loops.handler())\n")
    assert done.out == "True\n", done.err
