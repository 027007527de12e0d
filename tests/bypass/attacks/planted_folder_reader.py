# What reads a folder for a finder of importlib's imports before it does.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import sys
from importlib.machinery import FileFinder

got = []
once = functools.partial(got.extend, map(__import__, ["socket"]))
for finder in sys.path_importer_cache.values():
    if isinstance(finder, FileFinder):
        finder._fill_cache = once
        finder.invalidate_caches()


def meet(*args):
    pass
