# A timer calls import_module, and nothing else.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import threading

found = []
timer = threading.Timer(0, found.extend,
                        (map(importlib.import_module, ["socket"]),))
timer.start()
timer.join()
got = found[0]
