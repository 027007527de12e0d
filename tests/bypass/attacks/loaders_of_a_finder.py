# The suffixes of a finder are bare callables, which make a module while a library looks for it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib._bootstrap as bootstrap
import itertools
import sys
from importlib.machinery import FileFinder, PathFinder

got = []
spec = PathFinder.find_spec("_socket")
make = bootstrap._imp.create_dynamic


class Loaders:
    pass


finder = FileFinder("/nowhere")
finder._loaders = Loaders()
sys.path_importer_cache["/nowhere"] = finder
sys.path.insert(0, "/nowhere")
try:
    for n in range(40):
        Loaders.__iter__ = staticmethod(functools.partial(next, itertools.chain(
            map(iter, [()] * n),
            iter([map(got.append, map(make, [spec]))]),
            map(iter, [()] * 1000))))
        try:
            import poplib
        except Exception as e:
            err = e
        if got:
            break
finally:
    sys.path.remove("/nowhere")
