# A profiler asks a bare callable for the time while a library loads.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import functools
import importlib
import itertools
from _lsprof import Profiler

got = []
profiler = Profiler(functools.partial(next, map(got.append, map(
    importlib.import_module, itertools.repeat("socket"))), None))
profiler.enable()
try:
    import poplib
finally:
    profiler.disable()
