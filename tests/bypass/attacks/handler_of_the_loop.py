# The program's loop is given a bare handler of exceptions.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import itertools

found = []
names = map(found.append, map(importlib.import_module, ["os"]))
later = itertools.chain(itertools.repeat(None, 0), names)


class Told(collections.defaultdict):
    write = collections.defaultdict.__missing__


bare = functools.partial(print, end="", file=Told(
    functools.partial(next, later, None)))


def meet(loop, pool, done, work):
    loop.set_exception_handler(bare)
    loop.call_soon(divmod, 1, 0)


got = found
