# A package of two folders is made with pkgutil.extend_path.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import tempfile

folders = [pathlib.Path(tempfile.mkdtemp()) for _ in range(2)]
for number, folder in enumerate(folders):
    (folder / "shared_space").mkdir()
    (folder / "shared_space" / "__init__.py").write_text(
        "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n")
    (folder / "shared_space" / ("part%d.py" % number)).write_text(
        "import random\nvalue = %d\n" % number)
    sys.path.append(str(folder))
from shared_space import part0, part1
got = part0.value + part1.value
assert got == 1
