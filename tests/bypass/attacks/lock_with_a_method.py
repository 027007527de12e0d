# The lock of a module that a library imports has a method that imports it first.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib._bootstrap as bootstrap


class Lock:
    release = int


got = []
lock = Lock()
lock.acquire = functools.partial(
    got.extend, map(__import__, ["socket"]))
bootstrap._module_locks["socket"] = lambda: lock
try:
    import poplib
except Exception:
    pass
