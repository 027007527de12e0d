# A package that a library imports from is an object whose path imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib.util
import itertools
import operator
import sys

got = []
path = importlib.util.find_spec("concurrent").submodule_search_locations
answers = map(operator.itemgetter(1), zip(
    map(got.append, map(__import__, itertools.repeat("posix"))),
    itertools.repeat(path)))


class Package:
    __path__ = property(functools.partial(next, answers))
    __spec__ = None


sys.modules["concurrent"] = Package()


def meet(*args):
    pass
