# importlib asks a dict for the lock of a module, and finds a bare callable.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import importlib._bootstrap as bootstrap

got = []
bootstrap._module_locks["socket"] = functools.partial(
    got.extend, map(importlib.import_module, ["socket"]))
try:
    import poplib
except Exception:
    pass
