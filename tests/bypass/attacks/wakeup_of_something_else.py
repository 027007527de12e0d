# The code that wakes a task up is bound to something else.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import itertools
import asyncio.tasks
import types

found = []
names = map(found.append, map(importlib.import_module, ["os"]))
later = itertools.chain(itertools.repeat(None, 0), names)


class Told(collections.defaultdict):
    write = collections.defaultdict.__missing__


bare = functools.partial(print, end="", file=Told(
    functools.partial(next, later, None)))


def meet(loop, pool, done, work):
    fake = types.SimpleNamespace(
        _must_cancel=False, _coro=types.SimpleNamespace(send=bare),
        _fut_waiter=None, _loop=loop, _log_destroy_pending=False,
        done=bool)
    fake._Task__step = types.MethodType(
        asyncio.tasks._PyTask._Task__step, fake)
    loop.call_soon(types.MethodType(
        asyncio.tasks._PyTask._Task__wakeup, fake),
        types.SimpleNamespace(result=bool))


got = found
