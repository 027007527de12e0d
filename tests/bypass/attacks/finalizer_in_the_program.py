# The program collects garbage, and a bare finalizer imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import functools
import gc
import importlib

got = []
gc.disable()


class Owner:
    __del__ = functools.partial(
        got.extend, map(importlib.import_module, ["os"]))


owner = Owner()
owner.itself = owner
del owner
