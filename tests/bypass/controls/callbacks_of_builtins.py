# Builtins and borrowed functions are callbacks of all kinds.
# SPDX-License-Identifier: Apache-2.0
# does: introspection
import asyncio
import functools
import gc
import signal
import sys
import threading
import types
import weakref
from concurrent.futures import ThreadPoolExecutor

got = {}


class Owner:
    def method(self):
        pass


def note(*args):
    got["noted"] = got.get("noted", 0) + 1


def handlers():
    calls = []
    was = signal.signal(signal.SIGUSR1, functools.partial(calls.append))
    assert was == signal.SIG_DFL, was
    owner = types.SimpleNamespace(note=note)
    signal.signal(signal.SIGUSR1, owner.note)
    assert signal.getsignal(signal.SIGUSR1) is note
    signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, was)
    assert signal.getsignal(signal.SIGUSR1) == was


def tracer(frame, event, argument):
    got[event] = True
    return tracer


def tracers():
    for set_, get in ((sys.settrace, sys.gettrace),
                      (sys.setprofile, sys.getprofile)):
        before = get()
        set_(tracer)
        assert get() is tracer
        note()
        set_(before)
        assert get() is before
    threading.settrace(tracer)
    thread = threading.Thread(target=note)
    thread.start()
    thread.join()
    threading.settrace(None)


def references():
    dropped = []
    owner = Owner()
    kept = [weakref.ref(owner, dropped.append),
            weakref.ref(owner, note), weakref.WeakMethod(owner.method, note),
            weakref.WeakSet([owner]), weakref.WeakValueDictionary(x=owner),
            weakref.proxy(owner, functools.partial(note, 1))]
    assert kept[1].__callback__ is note
    assert kept[0].__callback__ == dropped.append
    del owner
    gc.collect()
    assert dropped == [kept[0]] and not kept[3] and not kept[4]


async def wait(condition):
    async with condition:
        await asyncio.wait_for(condition.wait_for(lambda: len(got)), 5)


async def futures():
    loop = asyncio.get_running_loop()
    tasks = {loop.create_task(asyncio.sleep(0.01)) for _ in range(3)}
    for task in list(tasks):
        task.add_done_callback(tasks.discard)
    future, other = loop.create_future(), loop.create_future()
    ended = []
    future.add_done_callback(ended.append)
    future.add_done_callback(note)
    assert future.remove_done_callback(note) == 1
    future.add_done_callback(other.set_result)
    loop.call_later(0.01, future.set_result, 1)
    assert await other is future and ended == [future]
    condition = asyncio.Condition()
    waits = loop.create_task(wait(condition))
    await asyncio.sleep(0.01)
    async with condition:
        condition.notify_all()
    await waits
    await asyncio.sleep(0.02)
    assert not tasks


def pools():
    ended = []
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(len, "four")
        future.add_done_callback(ended.append)
        future.add_done_callback(note)
    assert ended == [future] and future.result() == 4


handlers()
tracers()
references()
asyncio.run(futures())
pools()
