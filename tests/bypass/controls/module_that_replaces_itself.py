# A module puts an object into its own place.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "replaced.py").write_text(
    "import sys\nimport glob\n"
    "class Facade:\n"
    "    value = 6\n"
    "    def __getattr__(self, name):\n"
    "        if name.startswith('__'):\n"
    "            raise AttributeError(name)\n"
    "        return name\n"
    "sys.modules[__name__] = Facade()\n")
sys.path.insert(0, str(folder))
import replaced
from replaced import anything
got = replaced.value
assert got == 6 and anything == "anything"
