# A .pth file adds a folder, and a module is there.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import site
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "more").mkdir()
(folder / "more" / "out_there.py").write_text("import glob\nvalue = 1\n")
(folder / "honest.pth").write_text("# a comment\nmore\n")
site.addsitedir(str(folder))
import out_there
got = out_there.value
assert got == 1
