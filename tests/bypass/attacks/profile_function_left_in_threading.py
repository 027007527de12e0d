# A bare callable is left where threads find what profiles them.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import itertools
import threading

got = []
names = map(got.append, map(importlib.import_module, ["os"]))
later = itertools.chain(itertools.repeat(None, 0), names)


class Told(collections.defaultdict):
    write = collections.defaultdict.__missing__


threading._profile_hook = functools.partial(print, end="", file=Told(
    functools.partial(next, later, None)))
then = ["thread"]
