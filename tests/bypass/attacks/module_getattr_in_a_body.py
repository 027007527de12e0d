# A library takes a name from a module whose __getattr__ is bare.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import string
import sys

sys.modules.pop("http.cookies", None)
found = collections.defaultdict(
    functools.partial(importlib.import_module, "socket"))
import heapq
del heapq.nlargest
heapq.__getattr__ = found.__getitem__
sys.modules.pop("statistics", None)
for name in ("asyncio.base_events", "asyncio", "sched", "queue"):
    sys.modules.pop(name, None)
del heapq.heappush
import queue
got = queue.heappush
