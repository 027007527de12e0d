# Objects import while the interpreter goes down, and threads go on.
# SPDX-License-Identifier: Apache-2.0
import json
import sys
import threading
import time


class Owner:
    def __del__(self):
        try:
            import colorsys
            import os
            import there_is_no_such_module
        except BaseException:
            pass


def load():
    for _ in range(1000):
        time.sleep(0.0005)
        try:
            import there_is_no_such_module
        except ImportError:
            pass


sys.left_here = [Owner() for _ in range(20)]
json.left_here = Owner()
left = Owner()
left.itself = left
for _ in range(3):
    threading.Thread(target=load, daemon=True).start()
got = 1
