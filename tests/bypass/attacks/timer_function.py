# A timer runs a function of the plugin.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib
import queue
import threading

found = queue.Queue()
timer = threading.Timer(0, None)
timer.function = lambda name: found.put(importlib.import_module(name))
timer.args = ["socket"]
timer.start()
timer.join()
got = found.get(timeout=1)
