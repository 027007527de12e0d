# A thread executes a string: no frame of the plugin is below it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import threading

space = {}
thread = threading.Thread(target=exec, args=("import os as got", space))
thread.start()
thread.join()
got = space["got"]
