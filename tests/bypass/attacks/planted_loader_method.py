# A method of a loader class of importlib's is written in C, imports, and goes.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import itertools
import types
from collections import defaultdict
from importlib.machinery import SourceFileLoader

got = []
back = map(delattr, [SourceFileLoader], ["create_module"])
once = functools.partial(
    got.extend, itertools.chain(map(__import__, ["posix"]), back))
sink = types.SimpleNamespace(write=defaultdict(once).__getitem__)
SourceFileLoader.create_module = functools.partial(print, file=sink)


def meet(*args):
    pass
