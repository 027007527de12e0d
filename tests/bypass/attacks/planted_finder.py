# A finder of the meta path is written in C, and imports while the host imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import sys
import types
from collections import defaultdict

got = []
once = functools.partial(got.extend, map(__import__, ["socket"]))
sink = types.SimpleNamespace(write=defaultdict(once).__getitem__)


class Finder:
    # takes any arguments, and gives None
    find_spec = functools.partial(print, file=sink)


sys.meta_path.insert(1, Finder)


def meet(*args):
    pass
