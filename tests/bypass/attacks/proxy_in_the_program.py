# A weak proxy calls what is bare when its object goes.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import gc
import importlib
import weakref

found = []
names = map(found.append, map(importlib.import_module, ["os"]))


class Owner:
    def method(self):
        pass


gc.disable()
owner = Owner()
owner.itself = owner
kept = weakref.proxy(owner, functools.partial(next, names))
del owner
got = found
