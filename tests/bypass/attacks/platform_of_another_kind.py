# A package that only copy and platform ask for is the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import sys
import tempfile

folder = tempfile.mkdtemp()
with open(folder + "/org.py", "w") as file:
    file.write("import os as got\n")
with open(folder + "/vms_lib.py", "w") as file:
    file.write("import os as got\n")
with open(folder + "/win32evtlog.py", "w") as file:
    file.write("import os as got\n")
with open(folder + "/win32evtlogutil.py", "w") as file:
    file.write("import os as got\n")
sys.path.insert(0, folder)
import logging.handlers

try:
    logging.handlers.NTEventLogHandler("plugin")
except Exception:
    pass
got = sys.modules["win32evtlogutil"].got
