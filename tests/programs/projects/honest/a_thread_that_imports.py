# SPDX-License-Identifier: Apache-2.0
import threading


def body():
    import colorsys
    import importlib

    print(colorsys.__name__, importlib.import_module("wave").__name__)


thread = threading.Thread(target=body)
thread.start()
thread.join()
