# Threads import the same module at the same time.
# SPDX-License-Identifier: Apache-2.0
import threading

found = []


def load():
    import colorsys
    import tabnanny
    found.append(colorsys.__name__ + tabnanny.__name__)


threads = [threading.Thread(target=load) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
got = found
assert len(got) == 4
