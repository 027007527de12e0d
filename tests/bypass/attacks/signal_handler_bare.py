# A signal comes when the plugin is gone, and its handler is bare.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import itertools
import signal

found = []
names = map(found.append, map(importlib.import_module, ["os"]))
later = itertools.chain(itertools.repeat(None, 0), names)


class Told(collections.defaultdict):
    write = collections.defaultdict.__missing__


bare = functools.partial(print, end="", file=Told(
    functools.partial(next, later, None)))


def meet(loop, pool, done, work):
    signal.signal(signal.SIGALRM, bare)
    signal.setitimer(signal.ITIMER_REAL, 0.02)


got = found
