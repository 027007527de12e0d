# A thread runs a command for the plugin that has started it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import os
import threading

thread = threading.Thread(target=os.system, args=("echo > proof",))
thread.start()
thread.join()
got = thread
