# An executor looks at all frames for the plugin.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import concurrent.futures
import sys

with concurrent.futures.ThreadPoolExecutor(1) as pool:
    got = pool.submit(sys._current_frames).result()
open("proof", "w").close()
