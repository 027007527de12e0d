# The run of a thread is a bare callable.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import threading

found = []
thread = threading.Thread()
thread.run = functools.partial(found.extend,
                               map(importlib.import_module, ["os"]))
thread.start()
thread.join()
got = found[0]
