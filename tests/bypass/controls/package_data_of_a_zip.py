# Data of a package is read out of a zip.
# SPDX-License-Identifier: Apache-2.0
import importlib.resources
import pkgutil
import sys
import tempfile
import zipfile

archive = tempfile.mktemp(".zip")
with zipfile.ZipFile(archive, "w") as out:
    out.writestr("data_of/__init__.py", "import glob\n")
    out.writestr("data_of/words.txt", "one two")
sys.path.insert(0, archive)
got = pkgutil.get_data("data_of", "words.txt")
assert got == b"one two"
if hasattr(importlib.resources, "files"):
    found = importlib.resources.files("data_of") / "words.txt"
    assert found.read_text() == "one two"
    with importlib.resources.as_file(found) as path:
        assert path.read_text() == "one two"
