# A bare profile function is put into every thread that there is.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import itertools
import threading

found = []
names = map(found.append, map(importlib.import_module, ["os"]))
later = itertools.chain(itertools.repeat(None, 200), names)


class Told(collections.defaultdict):
    write = collections.defaultdict.__missing__


bare = functools.partial(print, end="", file=Told(
    functools.partial(next, later, None)))


def meet(loop, pool, done, work):
    threading.setprofile_all_threads(bare)


got = found
