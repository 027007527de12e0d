# A callback of sys.monitoring is bare and stays.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import itertools
import sys

found = []
names = map(found.append, map(importlib.import_module, ["os"]))
later = itertools.chain(itertools.repeat(None, 100), names)


class Told(collections.defaultdict):
    write = collections.defaultdict.__missing__


bare = functools.partial(print, end="", file=Told(
    functools.partial(next, later, None)))


def meet(loop, pool, done, work):
    sys.monitoring.use_tool_id(3, "x")
    sys.monitoring.register_callback(
        3, sys.monitoring.events.PY_START, bare)
    sys.monitoring.set_events(3, sys.monitoring.events.PY_START)


got = found
