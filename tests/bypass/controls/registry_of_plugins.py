# Plugins of a folder register themselves with a decorator and by class.
# SPDX-License-Identifier: Apache-2.0
import importlib
import pathlib
import pkgutil
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "parts").mkdir()
(folder / "parts" / "__init__.py").write_text(
    "registry = {}\n"
    "def register(function):\n"
    "    registry[function.__name__] = function\n"
    "    return function\n"
    "class Base:\n"
    "    kinds = []\n"
    "    def __init_subclass__(cls, **kwargs):\n"
    "        super().__init_subclass__(**kwargs)\n"
    "        Base.kinds.append(cls)\n")
(folder / "parts" / "first.py").write_text(
    "import glob\nfrom . import register\n"
    "@register\ndef run():\n    import shutil\n    return shutil.which('')\n")
(folder / "parts" / "second.py").write_text(
    "from . import Base\nclass Kind(Base):\n    pass\n")
sys.path.insert(0, str(folder))
import parts

for info in pkgutil.iter_modules(parts.__path__, "parts."):
    importlib.import_module(info.name)
got = sorted(parts.registry), len(parts.Base.kinds)
assert got == (["run"], 1) and parts.registry["run"]() is None
