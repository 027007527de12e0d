# SPDX-License-Identifier: Apache-2.0
"""src/README.md, the map of the rooms, is in step with them."""

import re

from tree import ROOT, c_files


def mapped():
    text = (ROOT / "src/README.md").read_text()
    for section in re.split(r"^###? ", text, flags=re.M)[1:]:
        folder = section.split("\n")[0]
        for file in re.findall(r"^- `([\w.]+)` \S", section, re.M):
            yield "%s/%s" % (folder, file)


def test_the_map_names_every_c_file_and_no_other():
    on_disk = [str(path.relative_to(ROOT / "src"))
               for path in c_files("src", suffixes=(".c",))]
    assert sorted(set(on_disk) - set(mapped())) == []
    assert sorted(set(mapped()) - set(on_disk)) == []


def test_the_map_is_sorted():
    folders = [name.rpartition("/")[0] for name in mapped()]
    files = [[name for name in mapped() if name.rpartition("/")[0] == folder]
             for folder in dict.fromkeys(folders)]
    assert files == [sorted(names) for names in files]


def test_every_room_is_on_the_map():
    folders = {path.relative_to(ROOT / "src").parts[0]
               for path in c_files("src")}
    assert folders == {name.split("/")[0] for name in mapped()}
