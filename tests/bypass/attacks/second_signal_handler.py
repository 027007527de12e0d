# A second _signal is made, and takes a bare handler.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import importlib.util
import itertools

spec = importlib.util.find_spec("_signal")
other = importlib.util.module_from_spec(spec)
spec.loader.exec_module(other)
found = []
names = map(found.append, map(importlib.import_module, ["os"]))
later = itertools.chain(itertools.repeat(None, 0), names)


class Told(collections.defaultdict):
    write = collections.defaultdict.__missing__


bare = functools.partial(print, end="", file=Told(
    functools.partial(next, later, None)))


def meet(loop, pool, done, work):
    other.signal(other.SIGALRM, bare)
    other.setitimer(other.ITIMER_REAL, 0.02)


got = found
