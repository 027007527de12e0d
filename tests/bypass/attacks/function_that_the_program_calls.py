# A function of a library that the program calls is replaced by a bare one.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import asyncio
import functools
import importlib
import operator

run = operator.methodcaller("system", "echo > proof")
names = map(run, map(importlib.import_module, ["os"]))


def meet(loop, pool, done, work):
    asyncio.sleep = functools.partial(next, names)


got = None
