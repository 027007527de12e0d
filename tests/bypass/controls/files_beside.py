# Modules of the plugin's own import one another.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "helper").mkdir()
(folder / "helper" / "__init__.py").write_text(
    "from .inner import value\nfrom . import inner\n")
(folder / "helper" / "inner.py").write_text(
    "from . import __name__ as parent\nvalue = parent\n")
sys.path.insert(0, str(folder))
import helper
from helper import inner
from helper.inner import value
got = value
assert got == "helper" and helper.inner is inner
