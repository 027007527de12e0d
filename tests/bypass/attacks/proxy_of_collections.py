# collections has had a weak proxy of its own since before the guard.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib


class Owner:
    pass


got = []
names = map(got.append, map(importlib.import_module, ["os"]))
owner = Owner()
owner.itself = owner
proxy = collections._proxy(owner, functools.partial(next, names))
del owner
