# The list of the callbacks of a program's future is written to.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import functools
import importlib

found = []
names = map(found.append, map(importlib.import_module, ["os"]))


def meet(loop, pool, done, work):
    work._done_callbacks.append(functools.partial(next, names))


got = found
