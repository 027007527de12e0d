# A task begins at once and calls what is bare when it wakes up.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import asyncio.staggered
import functools
import importlib
import itertools

found = []
later = itertools.chain(
    [functools.partial(asyncio.sleep, 0.1)],
    map(found.append, map(importlib.import_module, ["os"])))


def meet(loop, pool, done, work):
    asyncio.Task(asyncio.staggered.staggered_race(later, 0.01, loop=loop),
                 loop=loop, eager_start=True)


got = found
