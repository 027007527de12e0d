# pathlib, shutil and glob work on files.
# SPDX-License-Identifier: Apache-2.0
import fnmatch
import glob
import pathlib
import shutil
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "a.txt").write_text("x")
shutil.copy(str(folder / "a.txt"), str(folder / "b.txt"))
archive = shutil.make_archive(str(folder / "c"), "zip", str(folder))
got = sorted(path.name for path in folder.glob("*.txt"))
assert got == ["a.txt", "b.txt"] and fnmatch.fnmatch("a.b", "*.b")
assert glob.glob(str(folder / "*.zip")) == [archive]
shutil.rmtree(str(folder))
