# Many threads ask at the same time.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import threading

found = []


def find():
    for _ in range(50):
        try:
            import socket
            found.append(socket)
        except ImportError:
            pass


threads = [threading.Thread(target=find) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
got = found[0]
