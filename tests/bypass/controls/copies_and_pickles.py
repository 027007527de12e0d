# Objects with slots, reducers and states are copied and pickled.
# SPDX-License-Identifier: Apache-2.0
import collections
import copy
import copyreg
import datetime
import decimal
import functools
import io
import operator
import pickle
import types
import uuid


class Slots:
    __slots__ = "a", "b"


class Reduced:
    def __reduce__(self):
        return Reduced, (), {"x": 1}

    def __setstate__(self, state):
        import string
        self.__dict__.update(state)


def pickle_slots(one):
    return Slots, ()


copyreg.pickle(Slots, pickle_slots)
things = [Slots(), Reduced(), collections.OrderedDict(a=1),
          collections.Counter("aab"), collections.deque([1], 3),
          datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc),
          decimal.Decimal("1.5"), functools.partial(int, base=2),
          operator.itemgetter(1), types.SimpleNamespace(a=1), uuid.UUID(int=5),
          len, dict.fromkeys, [1].append, Ellipsis, range(3), {1: {2}},
          ValueError("x"), collections.defaultdict(list)]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    for thing in things:
        pickle.loads(pickle.dumps(thing, protocol))
for thing in things:
    copy.copy(thing), copy.deepcopy(thing)


class Finder(pickle.Unpickler):
    def find_class(self, module, name):
        return super().find_class(module, name)


got = Finder(io.BytesIO(pickle.dumps(things[2]))).load()
assert got == {"a": 1}
