# The hook for exceptions of threads is list.extend with map.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import threading

found = []


class Hook:
    __call__ = functools.partialmethod(
        lambda self, name, args: found.append(__import__(name)), "os")


threading.excepthook = Hook()
thread = threading.Thread(target=int, args=("x",))
thread.start()
thread.join()
got = found[0]
