# Whether a loaded module is being initialised is told by C code, to whoever imports it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import itertools
import operator
import signal

got = []
answers = itertools.chain(map(operator.itemgetter(1), zip(
    map(got.append, map(__import__, ["socket"])), itertools.repeat(False))), itertools.repeat(False))


class Spec:
    _initializing = property(functools.partial(next, answers))


signal.__spec__ = Spec()


def meet(*args):
    pass
