# A pool's thread calls import_module, and nothing else.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
from multiprocessing.pool import ThreadPool

with ThreadPool(1) as pool:
    got = pool.apply(importlib.import_module, ("socket",))
