# An entry of sys.path is collected while a library is looked for, and imports it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import itertools
import sys

got = []


class Entry:
    __del__ = functools.partial(next, map(got.append, map(
        __import__, itertools.repeat("socket"))), None)


class Path(list):
    pass


path = sys.path
entries = map(object.__new__, itertools.repeat(Entry))
Path.__iter__ = functools.partial(next, iter([
    itertools.chain(itertools.islice(entries, 2), path) for _ in range(300)]))
sys.path = Path()
try:
    import poplib
except Exception:
    pass
finally:
    sys.path = path
