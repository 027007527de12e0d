# functools dispatches on types and caches.
# SPDX-License-Identifier: Apache-2.0
import collections.abc
import functools


@functools.singledispatch
def name(thing):
    return "thing"


@name.register(collections.abc.Sized)
def _(thing):
    return "sized"


@name.register
def _(thing: int):
    return "int"


@functools.lru_cache(maxsize=2)
def twice(value):
    return value * 2


got = (name(1), name([]), name(1.0), twice(2), twice(2))
assert got == ("int", "sized", "thing", 4, 4)
