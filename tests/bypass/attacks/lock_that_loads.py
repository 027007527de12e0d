# The lock of a module gives it back after importlib loaded it from a spec.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib._bootstrap as bootstrap
from importlib.machinery import PathFinder

got = []
bootstrap._module_locks["_socket"] = functools.partial(
    got.extend, map(bootstrap._load, map(PathFinder.find_spec, ["_socket"])))
try:
    import poplib
except Exception:
    pass
