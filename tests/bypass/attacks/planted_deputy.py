# A finder of the meta path is a function of pydoc's, which loads what it is told.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import pydoc
import sys
import types
from collections import defaultdict

got = []
once = functools.partial(got.extend, map(pydoc.locate, ["socket"]))
sink = types.SimpleNamespace(write=defaultdict(once).__getitem__)
sys.meta_path.insert(1, types.SimpleNamespace(
    find_spec=functools.partial(print, file=sink)))


def meet(*args):
    pass
