# A finder written in C has a loader of importlib's make a builtin module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import sys
import types
from collections import defaultdict
from importlib.machinery import BuiltinImporter

got = []
once = functools.partial(got.extend, map(
    BuiltinImporter.create_module, map(BuiltinImporter.find_spec, ["posix"])))
sink = types.SimpleNamespace(write=defaultdict(once).__getitem__)
sys.meta_path.insert(1, types.SimpleNamespace(
    find_spec=functools.partial(print, file=sink)))


def meet(*args):
    pass
