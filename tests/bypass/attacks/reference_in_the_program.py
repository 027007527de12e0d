# The program collects garbage, and a weak reference calls a defaultdict.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import gc
import importlib
import weakref

gc.disable()
found = collections.defaultdict(
    functools.partial(importlib.import_module, "os"))


class Owner:
    pass


owner = Owner()
owner.itself = owner
reference = weakref.ref(owner, found.__getitem__)
hash(reference)


class Got(dict):
    pass


got = []
weakref.finalize(owner, got.extend, map(found.__getitem__, ["x"]))
del owner
