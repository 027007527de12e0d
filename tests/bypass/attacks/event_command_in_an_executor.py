# An executor runs a command for the plugin that has it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import concurrent.futures
import os

with concurrent.futures.ThreadPoolExecutor(1) as pool:
    got = pool.submit(os.system, "echo > proof").exception()
