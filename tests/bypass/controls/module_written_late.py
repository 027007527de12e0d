# A module is looked for, written, and found once caches are dropped.
# SPDX-License-Identifier: Apache-2.0
import importlib
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
sys.path.insert(0, str(folder))
try:
    import written_late
except ModuleNotFoundError:
    pass
(folder / "written_late.py").write_text("import glob\nvalue = 1\n")
importlib.invalidate_caches()
import written_late
(folder / "written_late.py").write_text("import glob\nvalue = 'other'\n")
importlib.invalidate_caches()
importlib.reload(written_late)
got = written_late.value
assert got == "other"
