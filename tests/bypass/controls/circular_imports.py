# Two modules import each other.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "first_half.py").write_text(
    "import second_half\nname = 'first'\ndef other():\n"
    "    return second_half.name\n")
(folder / "second_half.py").write_text(
    "import first_half\nname = 'second'\ndef other():\n"
    "    return first_half.name\n")
sys.path.insert(0, str(folder))
import first_half
import second_half
got = first_half.other() + second_half.other()
assert got == "secondfirst"
