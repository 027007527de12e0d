# C code has a finder look for another module, and imports that amid the search.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import sys
import types
from collections import defaultdict
from importlib.machinery import FileFinder

got = []
finder = FileFinder("/usr")
finder._fill_cache = functools.partial(got.extend, map(__import__, ["socket"]))
once = functools.partial(finder.find_spec, "socket")
sink = types.SimpleNamespace(write=defaultdict(once).__getitem__)
sys.meta_path.insert(1, types.SimpleNamespace(
    find_spec=functools.partial(print, file=sink)))


def meet(*args):
    pass
