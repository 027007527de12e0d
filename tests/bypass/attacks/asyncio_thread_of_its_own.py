# An event loop in a thread of its own is given work from outside.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import asyncio
import importlib
import threading

found = []
loop = asyncio.new_event_loop()
thread = threading.Thread(target=loop.run_forever)
thread.start()
loop.call_soon_threadsafe(found.extend,
                          map(importlib.import_module, ["os"]))
loop.call_soon_threadsafe(loop.stop)
thread.join()
loop.close()
got = found[0]
