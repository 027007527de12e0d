# importlib looks for compiled files in a folder of another name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import sys
import tempfile

folder = tempfile.mkdtemp()
evil = compile("import os as got", "x", "exec")
tail = sys.implementation.cache_tag + ".pyc"
with open("%s/colorsys.%s" % (folder, tail), "wb") as file:
    file.write(external._code_to_hash_pyc(evil, b"\0" * 8, False))
sys.modules.pop("colorsys", None)
name = external._PYCACHE
external._PYCACHE = "../" * 20 + folder[1:]
try:
    import colorsys
finally:
    external._PYCACHE = name
got = colorsys.got
