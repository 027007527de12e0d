# An audit hook is bare and stays.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import sys

found = []
names = map(found.append, map(importlib.import_module, ["os"]))


class Told(collections.defaultdict):
    write = collections.defaultdict.__getitem__


# CPython 3.13.0 crashes where a hook raises at one of these
told = Told(functools.partial(next, names, None), {
    " ": 1, "()": 1, "sys.set_asyncgen_hook_firstiter": 1,
    "sys.set_asyncgen_hook_finalizer": 1})
bare = functools.partial(print, end="", file=told)


def meet(loop, pool, done, work):
    sys.addaudithook(bare)


got = found
