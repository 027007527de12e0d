# enum and namedtuple find the module that calls them.
# SPDX-License-Identifier: Apache-2.0
import collections
import enum
import pickle

Color = enum.Enum("Color", "red green")
Pair = collections.namedtuple("Pair", "one two", defaults=[2])


class Access(enum.IntFlag):
    read = enum.auto()
    write = enum.auto()


assert Color.__module__ == Pair.__module__ == __name__
assert pickle.loads(pickle.dumps(Pair(1))) == (1, 2)
got = Access.read | Access.write
assert got == 3 and Color["red"] is Color.red
