# What does none of the four sets' work is not in their way.
# SPDX-License-Identifier: Apache-2.0
# policy: events.ini
import asyncio
import collections
import dataclasses
import inspect
import logging
import os
import tempfile
import traceback
import typing


@dataclasses.dataclass
class Point:
    x: int = 1

    def __post_init__(self):
        os.listdir(".")


class Named(typing.NamedTuple):
    a: int = 0


async def nothing():
    return 1


Pair = collections.namedtuple("Pair", "a b")
logging.getLogger("x").warning("told")
try:
    raise ValueError
except ValueError:
    traceback.format_exc()
with tempfile.TemporaryDirectory() as folder:
    os.listdir(folder)
inspect.signature(nothing)
got = (asyncio.run(nothing()), Point().x, Named().a, Pair(1, 2).b)
assert got == (1, 1, 0, 2)
