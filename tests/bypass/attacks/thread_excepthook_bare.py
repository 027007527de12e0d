# A thread of the program fails, and a bare hook is told of it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import threading

got = []
bare = functools.partial(
    next, map(got.append, map(importlib.import_module, ["os"])))
threading.excepthook = bare
then = ["thread"]
