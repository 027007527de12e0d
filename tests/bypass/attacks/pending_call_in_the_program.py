# C is asked to call something as soon as it can, and calls it in the program.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib

import _testcapi

found = []
later = functools.partial(next, map(found.append,
                                    map(importlib.import_module, ["os"])))


def meet(loop, pool, done, work):
    import _thread
    import time
    _thread.start_new_thread(_testcapi._pending_threadfunc, (later,))
    time.sleep(0)


got = found
