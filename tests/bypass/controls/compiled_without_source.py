# A module has no source, only compiled code.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import py_compile
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "source_gone.py").write_text("import json, glob\nvalue = 5\n")
py_compile.compile(str(folder / "source_gone.py"),
                   cfile=str(folder / "source_gone.pyc"))
(folder / "source_gone.py").unlink()
sys.path.insert(0, str(folder))
import source_gone
got = source_gone.value
assert got == 5
