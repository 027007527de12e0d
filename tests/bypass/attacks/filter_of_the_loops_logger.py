# The loop warns of a slow callback, and a bare filter is asked.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import functools
import importlib
import logging

found = []
names = map(found.append, map(importlib.import_module, ["os"]))


def meet(loop, pool, done, work):
    loop.set_debug(True)
    loop.slow_callback_duration = 0
    logging.getLogger("asyncio").addFilter(functools.partial(next, names))


got = found
