# Hooks for what is shown, and for what nobody caught, are set and called.
# SPDX-License-Identifier: Apache-2.0
import io
import sys
import threading

seen = []


def display(value):
    import reprlib
    seen.append(reprlib.repr(value))


def excepthook(kind, value, traceback):
    import traceback as module
    seen.append(module.format_exception(kind, value, traceback)[-1].strip())


def of_thread(args):
    import string
    seen.append(args.exc_type.__name__)


def unraisable(args):
    import textwrap
    seen.append(args.exc_type.__name__)


before = (sys.displayhook, sys.excepthook, threading.excepthook,
          sys.unraisablehook)
(sys.displayhook, sys.excepthook, threading.excepthook,
 sys.unraisablehook) = display, excepthook, of_thread, unraisable
exec(compile("[1, 2]", "<shown>", "single"))
try:
    {}[1]
except KeyError:
    sys.excepthook(*sys.exc_info())
thread = threading.Thread(target=divmod, args=(1, 0))
thread.start()
thread.join()


class Bad:
    def __del__(self):
        raise OSError


Bad()
(sys.displayhook, sys.excepthook, threading.excepthook,
 sys.unraisablehook) = before
got = seen
assert got == ["[1, 2]", "KeyError: 1", "ZeroDivisionError", "OSError"]
