# A package loads what it is asked for, with a __getattr__ of its own.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "lazy").mkdir()
(folder / "lazy" / "__init__.py").write_text(
    "import importlib\n"
    "def __getattr__(name):\n"
    "    if name == 'inner':\n"
    "        return importlib.import_module('.inner', __name__)\n"
    "    raise AttributeError(name)\n")
(folder / "lazy" / "inner.py").write_text("value = 1\n")
sys.path.insert(0, str(folder))
import lazy

assert not hasattr(lazy, "outer")
got = lazy.inner.value
