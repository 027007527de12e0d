# The path that a finder of importlib's walks is one whose iteration imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import sys
import types
from collections import defaultdict

got = []


class Path(list):
    __iter__ = functools.partial(
        map, str, map(got.append, map(__import__, ["posix"])))


once = functools.partial(
    sys.meta_path[-1].find_spec, "nothing at all", Path())
sink = types.SimpleNamespace(write=defaultdict(once).__getitem__)
sys.meta_path.insert(1, types.SimpleNamespace(
    find_spec=functools.partial(print, file=sink)))


def meet(*args):
    pass
