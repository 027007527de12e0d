# functools caches functions, methods and properties.
# SPDX-License-Identifier: Apache-2.0
import functools


@functools.lru_cache(maxsize=None)
def square(number):
    import math
    return math.pow(number, 2)


class Thing:
    @functools.cached_property
    def parser(self):
        import configparser
        return configparser.ConfigParser()

    @functools.singledispatchmethod
    def show(self, value):
        return "any"

    @show.register
    def _(self, value: int):
        return "int"


thing = Thing()
assert thing.parser is thing.parser and thing.show(1) == "int"
got = square(3) + square(3)
assert got == 18 and square.cache_info().hits == 1
