# A process is started with posix_spawn.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import os

got = os.posix_spawn("/bin/sh", ["sh", "-c", "echo > proof"], {})
os.waitpid(got, 0)
