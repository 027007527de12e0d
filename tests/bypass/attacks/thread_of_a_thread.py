# A thread that a thread has started imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import threading

found = []
inner = threading.Thread(target=found.extend,
                         args=(map(importlib.import_module, ["os"]),))
outer = threading.Thread(target=inner.start)
outer.start()
outer.join()
inner.join()
got = found[0]
