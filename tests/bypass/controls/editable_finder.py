# A finder maps names to folders, as editable installs do.
# SPDX-License-Identifier: Apache-2.0
import importlib.util
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "src").mkdir()
(folder / "src" / "__init__.py").write_text("from .part import value\n")
(folder / "src" / "part.py").write_text(
    "import collections, shutil\nvalue = collections.Counter('aab')['a']\n")


class EditableFinder:
    mapping = {"edited": str(folder / "src")}

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in cls.mapping:
            place = pathlib.Path(cls.mapping[name])
            return importlib.util.spec_from_file_location(
                name, str(place / "__init__.py"),
                submodule_search_locations=[str(place)])


sys.meta_path.append(EditableFinder)
import edited
got = edited.value
assert got == 2
