# runpy runs a module of the plugin's as the program.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import runpy
import sys
import tempfile

folder = tempfile.mkdtemp()
with open(folder + "/evil_program.py", "w") as file:
    file.write("import os as got\n")
sys.path.insert(0, folder)
got = runpy.run_module("evil_program", run_name="__main__",
                       alter_sys=True)["got"]
