# The program's pool begins its threads with what is bare.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib

found = []
names = map(found.append, map(importlib.import_module, ["os"]))


def meet(loop, pool, done, work):
    pool._max_workers = 3
    pool._initializer = functools.partial(next, names, None)
    pool._initargs = ()
    pool.submit(sorted, [])
    pool.submit(sorted, [])
    pool.submit(sorted, [])


got = found
