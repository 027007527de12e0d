# multiprocessing starts any process for everybody.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import multiprocessing.util
import time

multiprocessing.util.spawnv_passfds(
    b"/bin/sh", [b"sh", b"-c", b"echo > proof"], [])
time.sleep(0.5)
got = None
