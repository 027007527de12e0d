# The _io of importlib is a namespace that opens another file.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import io
import sys
import tempfile
import types

path = tempfile.mkdtemp() + "/evil.py"
with open(path, "w") as file:
    file.write("import os as got\n")
sys.modules.pop("colorsys", None)
original = external._io


def open_other(name, *mode):
    if name.endswith("colorsys.py"):
        return io.FileIO(path)
    raise OSError


external._io = types.SimpleNamespace(
    open_code=open_other, FileIO=open_other, BytesIO=io.BytesIO)
try:
    import colorsys
finally:
    external._io = original
got = colorsys.got
