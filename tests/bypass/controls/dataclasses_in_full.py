# dataclasses have factories, orders, and are made at run time.
# SPDX-License-Identifier: Apache-2.0
import dataclasses
import pickle
import sys


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list = dataclasses.field(default_factory=list, compare=False)

    def __post_init__(self):
        import math
        self.far = math.hypot(self.x, self.y)


@dataclasses.dataclass(frozen=True)
class Key:
    name: "str"


made = dataclasses.make_dataclass("made", [("z", int, 3)], bases=(Point,))
one = made(3, 4)
assert one.far == 5.0 and one.z == 3 and Point(1) < Point(2)
assert pickle.loads(pickle.dumps(Key("a"))) == Key("a")
got = dataclasses.asdict(Point(1, 2, ["t"]))
assert got == {"x": 1, "y": 2, "tags": ["t"]}
