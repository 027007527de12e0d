# A second _weakref is made, and a weak proxy has a bare callback.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib.util


class Owner:
    pass


other = importlib.util.module_from_spec(importlib.util.find_spec("_weakref"))
got = []
names = map(got.append, map(importlib.import_module, ["os"]))
owner = Owner()
owner.itself = owner
proxy = other.proxy(owner, functools.partial(next, names))
del owner
