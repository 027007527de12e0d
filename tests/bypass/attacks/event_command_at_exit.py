# A bare function is left to run a command at the end of the process.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import atexit
import os

atexit.register(os.system, "echo > proof")
got = None
