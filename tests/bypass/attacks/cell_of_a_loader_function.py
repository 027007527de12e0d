# The function inside a function of a loader is another one.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import sys
import tempfile

path = tempfile.mkdtemp() + "/evil.py"
with open(path, "w") as file:
    file.write("import os as got\n")
sys.modules.pop("colorsys", None)
cell = [cell for cell in external.FileLoader.get_filename.__closure__
        if getattr(cell.cell_contents, "__name__", "") == "get_filename"][0]
function = cell.cell_contents
cell.cell_contents = lambda self, name: path
try:
    import colorsys
finally:
    cell.cell_contents = function
got = colorsys.got
