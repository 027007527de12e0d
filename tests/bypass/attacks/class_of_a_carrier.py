# The class of what stands for a bare callable gets another __call__.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import weakref


class Owner:
    pass


owner = Owner()
owner.itself = owner
got = []
names = map(got.append, map(importlib.import_module, ["os"]))
reference = weakref.ref(owner, functools.partial(next, names))
stands = type(reference.__callback__)
if stands is not functools.partial:
    try:
        stands.__call__ = functools.partial(next, names)
    except TypeError:
        pass
del owner
