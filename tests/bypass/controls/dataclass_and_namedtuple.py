# dataclasses and namedtuple make classes out of strings.
# SPDX-License-Identifier: Apache-2.0
import collections
import dataclasses


@dataclasses.dataclass(order=True, frozen=True)
class Point:
    x: int = 1
    y: list = dataclasses.field(default_factory=list)


Pair = collections.namedtuple("Pair", "a b")
assert dataclasses.replace(Point(), x=2).x == 2
assert Pair(1, 2)._asdict() == {"a": 1, "b": 2}
got = Point()
