# The debugger reads commands out of a file beside the program.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import io
import pathlib
import pdb
import sys

found = []
sys.found = found
(pathlib.Path.cwd() / ".pdbrc").write_text(
    "import os, sys; sys.found.append(os)\nc\n")
debugger = pdb.Pdb(stdin=io.StringIO("c\n"), stdout=io.StringIO())
try:
    debugger.run("1")
except Exception:
    pass
got = found
