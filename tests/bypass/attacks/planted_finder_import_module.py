# A finder of the meta path is import_module, called by C in an instance of it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import sys
import types
from collections import defaultdict

got = []
once = functools.partial(got.extend, map(importlib.import_module, ["socket"]))
sink = types.SimpleNamespace(write=defaultdict(once).__getitem__)
sys.meta_path.insert(1, types.SimpleNamespace(
    find_spec=functools.partial(print, file=sink)))


def meet(*args):
    pass
