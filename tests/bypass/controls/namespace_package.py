# A namespace package has parts in two folders, and grows.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import sys
import tempfile

folders = [pathlib.Path(tempfile.mkdtemp()) for _ in range(3)]
for number, folder in enumerate(folders):
    (folder / "many").mkdir()
    (folder / "many" / ("part%d.py" % number)).write_text(
        "value = %d\n" % number)
sys.path[:0] = [str(folders[0]), str(folders[1])]
from many import part0, part1
import many

assert len(many.__path__) == 2
sys.path.insert(0, str(folders[2]))
from many import part2
got = part0.value + part1.value + part2.value
assert got == 3
