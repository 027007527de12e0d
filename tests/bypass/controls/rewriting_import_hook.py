# A hook rewrites the syntax tree of what it loads, as test runners do.
# SPDX-License-Identifier: Apache-2.0
import ast
import importlib.abc
import importlib.machinery
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "rewritten.py").write_text(
    "import json\nimport tempfile\nvalue = json.dumps(1)\n")


class Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, name):
        tree = ast.parse(self.get_data(self.path))
        tree.body.append(ast.parse("rewrote = True").body[0])
        return compile(ast.fix_missing_locations(tree), self.path, "exec")


class Hook(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == "rewritten":
            return importlib.util.spec_from_file_location(
                name, str(folder / "rewritten.py"),
                loader=Loader(name, str(folder / "rewritten.py")))


import importlib.util
sys.meta_path.insert(0, Hook())
import rewritten
got = rewritten.value
assert got == "1" and rewritten.rewrote
