# The hook for generators that are not exhausted imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import gc
import importlib
import sys

found = collections.defaultdict(
    functools.partial(importlib.import_module, "os"))


async def endless():
    while True:
        yield


async def begin(generator):
    await generator.__anext__()


hooks = sys.get_asyncgen_hooks()
sys.set_asyncgen_hooks(finalizer=found.__getitem__)
generator = endless()
try:
    begin(generator).send(None)
except StopIteration:
    pass
del generator
gc.collect()
sys.set_asyncgen_hooks(*hooks)
got = list(found.values())
