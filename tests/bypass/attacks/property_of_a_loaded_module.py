# The specification of a loaded module is a property written in C, read by whoever imports it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import itertools
import operator
import signal
import sys
import types

got = []
answers = itertools.chain(map(operator.itemgetter(1), zip(
    map(got.append, map(__import__, ["posix"])), itertools.repeat(None))), itertools.repeat(None))


class Module(types.ModuleType):
    __spec__ = property(functools.partial(next, answers))


module = Module("signal")
module.__dict__.update({name: value for name, value in vars(signal).items() if name != "__spec__"})
sys.modules["signal"] = module


def meet(*args):
    pass
