# SPDX-License-Identifier: Apache-2.0
import sys
import threading
import traceback
import warnings


def deep():
    return {}["key"]


warnings.warn("be warned")
try:
    deep()
except KeyError:
    traceback.print_exc()
thread = threading.Thread(target=deep, name="t")
thread.start()
thread.join()


class Loud:
    def __del__(self):
        raise ValueError("while deleted")


Loud()
sys.stderr.flush()
deep()
