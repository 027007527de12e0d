# A thread starts with runpy: every frame is runpy's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _thread
import runpy
import tempfile
import time

folder = tempfile.mkdtemp()
with open(folder + "/run.py", "w") as file:
    file.write("import os, sys\nsys.left_here = os\n")
_thread.start_new_thread(runpy.run_path, (folder + "/run.py",))
import sys
for _ in range(200):
    if hasattr(sys, "left_here"):
        break
    time.sleep(0.01)
got = sys.left_here
