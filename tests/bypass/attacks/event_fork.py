# A process is forked.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import os

got = os.fork()
if got == 0:
    with open("proof", "w"):
        os._exit(0)
os.waitpid(got, 0)
