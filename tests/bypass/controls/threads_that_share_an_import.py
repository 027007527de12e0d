# Many threads load the same libraries at once.
# SPDX-License-Identifier: Apache-2.0
import importlib
import sys
import threading

names = ["glob", "gettext", "colorsys", "wave", "optparse"]
for name in names:
    sys.modules.pop(name, None)
found = []


def load():
    for name in names:
        found.append(importlib.import_module(name))


threads = [threading.Thread(target=load) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
got = len(found), len(set(map(id, found)))
assert got == (40, 5)
