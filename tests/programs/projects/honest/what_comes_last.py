# SPDX-License-Identifier: Apache-2.0
import atexit
import signal


def late():
    import colorsys

    print("exit", colorsys.__name__)


def handle(number, frame):
    import wave

    print("signal", wave.__name__)


class Last:
    def __del__(self):
        import stat

        print("deleted", stat.__name__)


kept = Last()
atexit.register(late)
signal.signal(signal.SIGUSR1, handle)
signal.raise_signal(signal.SIGUSR1)
