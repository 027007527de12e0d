# dataclasses calls exec for a dict of its own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import dataclasses
import functools

space = {}


@dataclasses.dataclass
class Point:
    x: int = 1


evil = compile("import os as got", "x", "exec")
space["x"] = 1


class Pair(dict):
    def __init__(self, pairs):
        exec(evil, self)


got = dataclasses.asdict(Point(), dict_factory=Pair)["got"]
