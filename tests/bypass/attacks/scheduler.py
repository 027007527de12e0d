# A scheduler in a thread calls import_module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import sched
import threading

found = []
scheduler = sched.scheduler()
scheduler.enter(0, 1, found.extend, (map(importlib.import_module, ["os"]),))
thread = threading.Thread(target=scheduler.run)
thread.start()
thread.join()
got = found[0]
