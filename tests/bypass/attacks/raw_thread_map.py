# A thread starts with list.extend, and the list with map.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _thread
import importlib
import time

found = []
_thread.start_new_thread(
    found.extend, (map(importlib.import_module, ["socket"]),))
for _ in range(200):
    if found:
        break
    time.sleep(0.01)
got = found[0]
