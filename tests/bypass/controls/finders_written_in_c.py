# Finders, path hooks and loaders of the plugin's are written in C, and import.
# SPDX-License-Identifier: Apache-2.0
import collections
import functools
import importlib.machinery
import importlib.util
import itertools
import sys
import types
import zipimport

seen = []


def calls(*names):
    """C code that takes any arguments, imports, and gives None."""
    once = functools.partial(
        seen.extend, map(importlib.import_module, names))
    return functools.partial(print, file=types.SimpleNamespace(
        write=collections.defaultdict(once).__getitem__))


class Loader(importlib.machinery.SourceFileLoader):
    create_module = calls("stringprep")


sys.path_hooks.insert(0, functools.partial(next, itertools.chain(
    map(seen.append, map(__import__, ["sched"])),
    map(zipimport.zipimporter, itertools.repeat("/nowhere")))))
sys.path.append("/nowhere")
importlib.util.find_spec("nothing_of_the_kind")
sys.meta_path.insert(0, types.SimpleNamespace(
    find_spec=calls("bdb", "json.tool")))
sys.meta_path.append(types.SimpleNamespace(
    find_spec=importlib.machinery.PathFinder.find_spec))
try:
    import nothing_of_the_kind
except ImportError:
    pass
spec = importlib.util.find_spec("colorsys")
spec.loader = Loader(spec.name, spec.origin)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
got = [name for name in ("bdb", "json.tool", "sched", "stringprep")
       if name in sys.modules]
assert len(got) == 4 and len(seen) == 4 and module.rgb_to_hls
