# pkgutil walks through a tree and loads each module of it.
# SPDX-License-Identifier: Apache-2.0
import importlib
import pathlib
import pkgutil
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
for name in ("tree_x", "tree_x/left", "tree_x/right"):
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("import json\n")
(folder / "tree_x/left/leaf.py").write_text("from .. import right\nx = 1\n")
(folder / "tree_x/broken.py").write_text("import there_is_no_such\n")
sys.path.insert(0, str(folder))
import tree_x
failed = []
names = [one.name for one in pkgutil.walk_packages(
    tree_x.__path__, "tree_x.", onerror=failed.append)]
for name in names:
    try:
        importlib.import_module(name)
    except ImportError as error:
        failed.append(error.name)
got = (sorted(names), failed)
assert got == (["tree_x.broken", "tree_x.left", "tree_x.left.leaf",
                "tree_x.right"], ["there_is_no_such"])
