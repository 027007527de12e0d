# A file of the plugin's has the name of a library and stands before it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import tempfile

folder = tempfile.mkdtemp()
with open(folder + "/colorsys.py", "w") as file:
    file.write("import os as got\n")
sys.path.insert(0, folder)
sys.modules.pop("colorsys", None)
import colorsys
got = colorsys.got
