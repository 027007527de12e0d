# What importlib tells of its work with has importlib's own function import.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib._bootstrap as bootstrap
import itertools
from collections import defaultdict

got = []
space = vars(bootstrap)
back = map(space.update, [{"_verbose_message": bootstrap._verbose_message}])
once = functools.partial(
    got.extend, itertools.chain(map(bootstrap._gcd_import, ["posix"]), back))
# takes any arguments, and looks up what a format has of them
bootstrap._verbose_message = functools.partial(
    "{0[a]}".format, defaultdict(once))


def meet(*args):
    pass
