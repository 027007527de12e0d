# SPDX-License-Identifier: Apache-2.0
"""What is handed to somebody else to be run later asks as who handed it over,
and what he has handed over himself asks as before."""
# covers: python/later/defer.c, python/later/carrier.c, python/later/handover.c
# covers: python/later/futures.c, python/later/pools.c

import sys

import pytest

from guarded import Place

POLICY = """\
default = allow
trusted = @stdlib
[modules from plugin]
secret = deny
"""

# Everything here is bare: no frame of the plugin's is there when it runs.
PLUGIN = """\
import asyncio, atexit, functools, importlib, itertools, pydoc, weakref


def bare(got):
    return got.extend, map(importlib.import_module, ["secret"])


def submits(pool):
    return pool.submit(__import__, "secret")


def submits_a_partial(pool):
    return pool.submit(functools.partial(importlib.import_module, "secret"))


def submits_a_library_function(pool):
    return pool.submit(pydoc.locate, "secret")


def maps(pool):
    return list(pool.map(importlib.import_module, ["secret"]))


def warms_up(pool):
    return pool.submit(str).result()


def calls_soon(loop, got):
    loop.call_soon(*bare(got))


def calls_later(loop, got):
    loop.call_later(0.01, *bare(got))


def calls_threadsafe(loop, got):
    loop.call_soon_threadsafe(*bare(got))


def runs_in_executor(loop, got):
    loop.run_in_executor(None, *bare(got))


def makes_a_task(loop, got):
    loop.create_task(asyncio.to_thread(*bare(got)))


def waits_in_a_task(loop, got):
    loop.create_task(asyncio.wait_for(asyncio.to_thread(*bare(got)), 5))


def waits_for_what_the_host_ends(loop, got):
    future = loop.create_future()
    future.add_done_callback(functools.partial(next, bare(got)[1]))
    return future.set_result


def waits_in_a_task_that_the_host_wakes(loop, got):
    event = asyncio.Event()
    tries = functools.partial(next, itertools.chain([False], *bare(got)[1:]), True)
    loop.create_task(waits(event, tries))
    return lambda _: event.set()


def waits(event, tries):
    # a coroutine of asyncio's own, that asks again when it is woken up
    condition = asyncio.Condition()
    condition._lock = type("Lock", (), {"locked": lambda self: True})()
    condition.wait = event.wait
    return condition.wait_for(tries)


def at_exit(got):
    atexit.register(*bare(got))


def finalizes(thing, got):
    weakref.finalize(thing, *bare(got))


def finalizes_at_exit(thing, got):
    weakref.finalize(thing, *bare(got))
"""


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.policy(POLICY)
    place.files({"plugin.py": PLUGIN, "secret.py": "", "harmless.py": ""})
    return place


def refused(done, name="secret"):
    records = done.attempts(name)
    assert records, done.err
    return {r["verdict"] for r in records}


POOLS = """\
import functools, importlib, sys
from concurrent.futures import ThreadPoolExecutor
import plugin

pool = ThreadPoolExecutor(1)
print(pool.submit(str).result())
try:
    result = getattr(plugin, {name!r})(pool)
    if hasattr(result, "result"):
        result = result.result()
    print("got", result)
except ImportError as error:
    print(type(error).__name__)
print(pool.submit(importlib.import_module, "harmless").result().__name__)
print(pool.submit(importlib.import_module, "secret").result().__name__)
"""


@pytest.mark.parametrize(
    "name", ["submits", "submits_a_partial", "submits_a_library_function", "maps"])
def test_a_pool_of_the_host_asks_as_who_submits(place, name):
    done = place.install(POOLS.format(name=name))
    lines = done.out.splitlines()
    # pydoc tells failures as an error of its own
    assert lines[1] in ("ImportDenied", "ErrorDuringImport", "got None"), done.out + done.err
    assert lines[2:] == ["harmless", "secret"], done.err
    first = done.attempts("secret")[0]
    assert first["verdict"] == "deny"
    assert "plugin" in [first["importer"], *first["through"].split()]


THREADS = """\
import functools, importlib
from multiprocessing.pool import ThreadPool
import plugin

with ThreadPool(1) as pool:
    print(pool.apply(len, ["host"]))
    try:
        print("got", plugin.gives(pool).{name})
    except ImportError as error:
        print(type(error).__name__)
    print(pool.apply(importlib.import_module, ["secret"]).__name__)
    print([m.__name__ for m in pool.map(importlib.import_module, ["harmless"])])
"""

GIVES = """\
import importlib
from functools import partial


def gives(pool):
    return Given(pool)


class Given:
    def __init__(self, pool):
        self.pool = pool

    def __getattr__(self, name):
        load = importlib.import_module
        return {"apply": partial(self.pool.apply, load, ["secret"]),
                "map": partial(self.pool.map, load, ["secret"]),
                "starmap": partial(self.pool.starmap, load, [["secret"]]),
                "imap": lambda: list(self.pool.imap(load, ["secret"])),
                "unordered": lambda: list(self.pool.imap_unordered(func=load, iterable=["secret"]))}[name]()
"""


@pytest.mark.parametrize("name", ["apply", "map", "starmap", "imap", "unordered"])
def test_threads_of_multiprocessing_ask_as_who_gives_them_work(place, name):
    place.write("plugin.py", GIVES)
    done = place.install(THREADS.format(name=name), timeout=120)
    assert done.out.splitlines() == ["4", "ImportDenied", "secret", "['harmless']"], done.err


@pytest.mark.parametrize("name", ["callback", "error_callback"])
@pytest.mark.parametrize("how", ["apply_async", "map_async"])
@pytest.mark.parametrize("kind", ["pool.ThreadPool", "Pool"])
def test_what_results_are_handed_to_asks_as_who_waits_for_them(place, kind, how, name):
    place.write("plugin.py", """
        import importlib
        from functools import partial
        def waits(pool, seen, name, work):
            names = map(seen.append, map(importlib.import_module, ["secret"]))
            pool.%s(work, [""], **{name: partial(next, names)})
        """ % how)
    # the denial ends the thread that hands results out
    done = place.install("""
        import multiprocessing.pool, os, time, plugin
        pool, seen = multiprocessing.%s(1), []
        pool.apply(len, ["host"])
        plugin.waits(pool, seen, %r, %s)
        while "secret" not in open("imports.jsonl").read():
            time.sleep(0.01)
        print(seen, flush=True)
        pool.terminate() if %r == "Pool" else None
        os._exit(0)
        """ % (kind, name, "len" if name == "callback" else "int", kind), timeout=120)
    assert done.out == "[]\n", done.err
    assert done.attempts("secret")[0]["verdict"] == "deny", done.err


def test_a_thread_that_a_plugin_had_started_asks_as_the_host_for_the_host(place):
    done = place.install(
        """
        import importlib
        from concurrent.futures import ThreadPoolExecutor
        import plugin
        pool = ThreadPoolExecutor(1)
        plugin.warms_up(pool)
        print(pool.submit(importlib.import_module, "secret").result().__name__)
        """)
    assert done.out == "secret\n", done.err


LOOPS = """\
import asyncio, importlib, sys
import plugin

got = []


async def main():
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0)
    plugin.{name}(loop, got)
    while "secret" not in open("imports.jsonl").read():
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    print("got", got)
    loop.call_soon(importlib.import_module, "harmless")
    await asyncio.sleep(0.01)
    await loop.run_in_executor(None, importlib.import_module, "secret")
    print("host", "secret" in sys.modules)


asyncio.run(main())
"""


@pytest.mark.parametrize("name", [
    "calls_soon", "calls_later", "calls_threadsafe", "runs_in_executor", "makes_a_task",
    "waits_in_a_task"])
def test_a_loop_of_the_host_asks_as_who_hands_it_over(place, name):
    if "task" in name and sys.version_info < (3, 9):
        pytest.skip("asyncio.to_thread() is of 3.9")
    done = place.install(LOOPS.format(name=name))
    assert done.out.splitlines() == ["got []", "host True"], done.err
    verdicts = [r["verdict"] for r in done.attempts("secret")]
    assert verdicts[0] == "deny" and "allow" in verdicts
    assert "deny" not in {r["verdict"] for r in done.attempts("harmless")}


ENDS = """\
import asyncio, importlib, sys
import plugin

got = []


async def main():
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0)
    ends = plugin.{name}(loop, got)
    await asyncio.sleep(0.02)
    loop.call_soon(ends, None)
    while "secret" not in open("imports.jsonl").read():
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    print("got", got, "secret" in sys.modules)
    done = loop.create_future()
    done.add_done_callback(lambda done: importlib.import_module("secret"))
    done.set_result(None)
    await asyncio.sleep(0)
    print("host", "secret" in sys.modules)


asyncio.run(main())
"""


@pytest.mark.parametrize("name", [
    "waits_for_what_the_host_ends", "waits_in_a_task_that_the_host_wakes"])
def test_what_the_host_ends_asks_as_who_waited_for_it(place, name):
    done = place.install(ENDS.format(name=name))
    assert done.out.splitlines() == ["got [] False", "host True"], done.err
    assert [r["verdict"] for r in done.attempts("secret")][0] == "deny"


def test_what_a_plugin_ends_goes_on_as_who_waited_for_it(place):
    done = place.install(
        """
        import asyncio, functools, importlib, plugin
        exec(compile("def end(future): future.set_result(None)", "<x>", "exec"), vars(plugin))
        async def main():
            loop = asyncio.get_running_loop()
            future = loop.create_future()
            future.add_done_callback(lambda future: print(importlib.import_module("secret").__name__))
            future.add_done_callback(functools.partial(print, importlib.import_module("harmless").__name__))
            plugin.end(future)
            await asyncio.sleep(0.01)
        asyncio.run(main())
        """)
    assert done.out.startswith("secret\nharmless "), done.err


def test_ten_thousand_tasks_leave_nothing(place):
    done = place.install(
        """
        import asyncio, gc, sys
        async def many(n):
            for _ in range(n // 100):
                await asyncio.gather(*[asyncio.sleep(0) for _ in range(100)])
        asyncio.run(many(1000))
        gc.collect()
        before = sys.getallocatedblocks()
        asyncio.run(many(10000))
        gc.collect()
        print(sys.getallocatedblocks() - before)
        """)
    assert int(done.out) < 2000, done.out + done.err


def test_the_end_of_the_process_asks_as_who_registered(place):
    done = place.install(
        """
        import atexit, importlib, weakref, plugin
        class Thing: pass
        thing = Thing()
        got = []
        plugin.finalizes_at_exit(thing, got)
        plugin.at_exit(got)
        atexit.register(print, "host", got)
        atexit.register(importlib.import_module, "harmless")
        """)
    assert "host []" in done.out, done.err
    assert refused(done) == {"deny"}
    assert refused(done, "harmless") == {"allow"}


@pytest.mark.parametrize("before", ["plugin", "harmless, plugin"])
def test_a_function_of_importlibs_is_not_of_the_first_modules(place, before):
    # numbers of modules are given in the order in which they are found
    place.write("harmless.py", "def nothing(): pass\n")
    place.write("plugin.py", """
        import atexit, importlib
        def leave():
            atexit.register(importlib.import_module, "secret")
        """)
    main = place.write("first.py", """
        import atexit, gc, importlib, stockade
        gc.freeze()
        import %s
        stockade.install("policy.ini", audit="file:imports.jsonl")
        plugin.leave()
        """ % before)
    done = place.spawn([sys.executable, main])
    assert [(r["verdict"], r.get("importer")) for r in done.attempts("secret")] == [
        ("deny", "plugin")], done.err


def test_a_finalizer_asks_as_who_registered(place):
    done = place.install(
        """
        import importlib, weakref, plugin
        class Thing: pass
        thing, got = Thing(), []
        plugin.finalizes(thing, got)
        del thing
        print(got)
        thing = Thing()
        weakref.finalize(thing, got.extend, map(importlib.import_module, ["secret"]))
        del thing
        print([module.__name__ for module in got])
        """)
    assert done.out == "[]\n['secret']\n", done.err


HONEST = """\
import atexit, asyncio, concurrent.futures.thread, functools, inspect, weakref


def function(*args):
    "What it says."
    return args


class Thing:
    pass


# what is registered can be taken out again, and is what was given
assert atexit.register(function, 1) is function
atexit.unregister(function)
wanted = atexit._ncallbacks()
atexit.register(function)
assert atexit._ncallbacks() == wanted + 1
atexit.unregister(function)
thing = Thing()
finalizer = weakref.finalize(thing, function, 1)
assert finalizer.peek() == (thing, function, (1,), {{}}), finalizer.peek()
assert finalizer.alive and finalizer() == (1,) and not finalizer.alive
assert weakref.finalize(thing, function, 2).detach() == (thing, function, (2,), {{}})
try:
    weakref.finalize(thing)
except TypeError as error:
    print(error)


async def main():
    loop = asyncio.get_running_loop()
    loop.set_debug({debug})
    handle = loop.call_soon(function, 1)
    print(handle)
    handle.cancel()
    timer = loop.call_later(100, functools.partial(function, 1), 2)
    print(str(timer).split(" at 0x")[0].partition("when")[0])
    timer.cancel()
    loop.set_exception_handler(lambda loop, context: print(context["message"], context["handle"]))
    loop.call_soon(len, 1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


asyncio.run(main())
with concurrent.futures.ThreadPoolExecutor(1) as pool:
    future = pool.submit(function, 1, 2)
    print(future.result())
    try:
        pool.submit()
    except TypeError as error:
        print(error)
print(inspect.signature(asyncio.Handle), inspect.signature(weakref.finalize))
print(atexit.register.__doc__)
"""


@pytest.mark.parametrize("debug", [False, True])
def test_honest_code_sees_nothing_of_it(place, debug):
    import re

    main = HONEST.format(debug=debug)
    guarded = place.install(main)
    plain = place.spawn([sys.executable, place.write("main.py", "import sys\nimport sys\n" + main)])
    address = re.compile(r"0x[0-9a-f]+|created at .*")
    assert plain.code == 0, plain.err
    assert (guarded.code, address.sub("", guarded.out)) == (0, address.sub("", plain.out)), guarded.err
