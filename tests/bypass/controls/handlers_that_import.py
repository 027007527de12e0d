# Signal handlers, finalizers and exit functions import what they may.
# SPDX-License-Identifier: Apache-2.0
import atexit
import gc
import signal
import weakref

done = []


def handle(number, frame):
    import colorsys
    done.append(colorsys.__name__)


class Thing:
    def __del__(self):
        import textwrap
        done.append(textwrap.__name__)


before = signal.signal(signal.SIGUSR1, handle)
signal.raise_signal(signal.SIGUSR1)
signal.signal(signal.SIGUSR1, before)
thing = Thing()
weakref.finalize(thing, handle, 0, None)
reference = weakref.ref(thing, lambda dead: handle(0, None))
del thing
gc.collect()
atexit.register(handle, 0, None)
got = sorted(set(done))
assert got == ["colorsys", "textwrap"]
