# A signal handler imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import signal
import threading

found = []


def handler(number, frame):
    import os
    found.append(os)


signal.signal(signal.SIGUSR1, handler)
signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
got = found[0]
