# The queue of the program's pool is written to.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import functools
import importlib
import concurrent.futures.thread as thread

found = []
names = map(found.append, map(importlib.import_module, ["os"]))


class Item:
    run = functools.partial(next, names, None)


def meet(loop, pool, done, work):
    pool._work_queue.put(Item())


got = found
