# A module has a class of its own, with properties.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "with_properties.py").write_text(
    "import sys\nimport types\n"
    "class Module(types.ModuleType):\n"
    "    @property\n"
    "    def lazily(self):\n"
    "        import json\n"
    "        return json.loads('8')\n"
    "sys.modules[__name__].__class__ = Module\n")
sys.path.insert(0, str(folder))
import with_properties
from with_properties import lazily
got = with_properties.lazily
assert got == lazily == 8
