# A condition of asyncio asks a bare predicate when it is notified.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import asyncio
import functools
import importlib
import itertools

found = []
predicate = functools.partial(next, itertools.chain(
    [False], map(found.append, map(importlib.import_module, ["os"]))), True)


async def notify(condition):
    await asyncio.sleep(0.01)
    async with condition:
        condition.notify()


def meet(loop, pool, done, work):
    condition = asyncio.Condition()
    acquired = loop.create_task(condition.acquire())
    acquired.add_done_callback(
        lambda task: loop.create_task(condition.wait_for(predicate)))
    loop.create_task(notify(condition))


got = found
