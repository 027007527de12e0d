# The list of what the program's loop runs next is written to.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import functools
import importlib

found = []
names = map(found.append, map(importlib.import_module, ["os"]))


class Handle:
    _cancelled = False
    _when = 0
    _run = functools.partial(next, names, None)


def meet(loop, pool, done, work):
    loop._ready.append(Handle())


got = found
