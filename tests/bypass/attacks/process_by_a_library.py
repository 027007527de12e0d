# multiprocessing starts any process for everybody.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import multiprocessing.util
import time

multiprocessing.util.spawnv_passfds(
    b"/bin/sh", [b"sh", b"-c", b"echo > proof"], [])
for _ in range(3000):  # until it has run, which may be late
    try:
        open("proof").close()
        break
    except OSError:
        time.sleep(0.01)
got = None
