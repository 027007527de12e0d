# The callback of a future runs in a thread of the pool.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import threading
from concurrent.futures import ThreadPoolExecutor

found = []
gate = threading.Event()
with ThreadPoolExecutor(1) as pool:
    future = pool.submit(gate.wait, 5)
    future.add_done_callback(
        lambda future, names=iter(["os"]): found.extend(
            map(importlib.import_module, names)))
    gate.set()
got = found[0]
