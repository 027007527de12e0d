# A thread starts with exec: there is no frame at all.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _thread
import time

space = {}
_thread.start_new_thread(exec, ("import os as got", space))
for _ in range(200):
    if "got" in space:
        break
    time.sleep(0.01)
got = space["got"]
