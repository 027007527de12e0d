# A process is started by the C function behind subprocess.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import multiprocessing.util
import os

read, write = os.pipe()
got = multiprocessing.util.spawnv_passfds(
    b"/bin/sh", [b"sh", b"-c", b"echo > proof"], [write])
os.waitpid(got, 0)
