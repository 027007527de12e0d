# C code that tells the state of a loaded module runs a command for whoever imports it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import functools
import itertools
import operator
import os
import signal

got = None
answers = itertools.chain(map(operator.itemgetter(1), zip(
    map(os.system, ["echo > proof"]), itertools.repeat(False))), itertools.repeat(False))


class Spec:
    _initializing = property(functools.partial(next, answers))


signal.__spec__ = Spec()


def meet(*args):
    pass
