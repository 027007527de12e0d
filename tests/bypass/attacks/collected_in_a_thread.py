# Garbage of the plugin is collected in a thread that the host has started.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import gc
import importlib
import queue
import threading

found = []
calls = queue.Queue()
calls.put(gc.collect)


class Owner:
    def __del__(self):
        found.append(importlib.import_module("os"))


owner = Owner()
owner.itself = owner
del owner
thread = threading.Thread(target=lambda: calls.get()())
thread.start()
thread.join()
got = found[0]
