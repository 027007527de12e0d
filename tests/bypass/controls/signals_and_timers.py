# Signals, timers and the end of the process call functions.
# SPDX-License-Identifier: Apache-2.0
import atexit
import signal
import threading
import time

found = []
signal.signal(signal.SIGUSR1, lambda number, frame: found.append("signal"))
signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
timer = threading.Timer(0.001, found.append, ("timer",))
timer.start()
timer.join()
atexit.register(lambda: __import__("json").dumps(1))
time.sleep(0)
got = sorted(found)
assert got == ["signal", "timer"]
