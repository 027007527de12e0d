# A module that the plugin has written runs a command while it is loaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import sys
import tempfile

folder = tempfile.mkdtemp()
with open(folder + "/fresh_module.py", "w") as file:
    file.write("import os\nos.system('echo > proof')\n")
sys.path.insert(0, folder)
import fresh_module as got
