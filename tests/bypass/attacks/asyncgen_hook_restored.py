# A loop puts the bare hook of generators back that was there before.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import sys

got = []
bare = functools.partial(
    next, map(got.append, map(importlib.import_module, ["os"])))
sys.set_asyncgen_hooks(finalizer=bare)


def meet(loop, pool, done, work):
    pass


then = ["generator"]
