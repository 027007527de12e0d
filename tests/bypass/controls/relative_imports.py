# A package imports its own modules in every relative way.
# SPDX-License-Identifier: Apache-2.0
import importlib
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
files = {
    "__init__.py": "from . import one\nfrom .sub import two\n",
    "one.py": "from .sub.two import value as inner\nvalue = inner + 1\n",
    "sub/__init__.py": "from .two import *\n",
    "sub/two.py": "import glob\n__all__ = ['value']\nvalue = 1\n"
                  "def late():\n    from ..one import value\n"
                  "    from ... import relative_outside\n    return value\n",
}
for name, text in files.items():
    path = folder / "relatives" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
sys.path.insert(0, str(folder))
import relatives

two = importlib.import_module(".sub.two", "relatives")
try:
    two.late()
except (ImportError, ValueError):
    got = relatives.one.value
assert got == 2 and relatives.sub.value == 1
