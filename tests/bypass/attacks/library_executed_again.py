# A library is reloaded when its globals hold a finder of the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import importlib.machinery
import sys
import tempfile
import types

folder = tempfile.mkdtemp()
with open(folder + "/colorsys.py", "w") as file:
    file.write("import os as got\n")
import colorsys

spec = importlib.machinery.PathFinder.find_spec("colorsys", [folder])
colorsys.__spec__ = spec
colorsys.__loader__ = spec.loader
spec.loader.exec_module(colorsys)
got = colorsys.got
