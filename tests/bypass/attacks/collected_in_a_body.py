# Garbage is collected while a library loads, and a finalizer imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import gc
import importlib
import sys
import weakref


class Owner:
    pass


found = []
threshold = gc.get_threshold()
gc.disable()
owner = Owner()
owner.itself = owner
weakref.finalize(owner, found.extend, map(importlib.import_module, ["os"]))
del owner
sys.modules.pop("optparse", None)
gc.set_threshold(1)
gc.enable()
import optparse
gc.set_threshold(*threshold)
got = found[0]
