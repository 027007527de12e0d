# A library's function is left to run a command at the end of the process.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
# policy: events.ini
import atexit
import subprocess

got = atexit.register(subprocess.getoutput, "echo > proof")
