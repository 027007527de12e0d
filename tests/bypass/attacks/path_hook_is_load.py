# The path hook is importlib's inner _load, and an entry of the path a spec.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap
import sys
import tempfile
from importlib.machinery import SourceFileLoader

path = tempfile.mkdtemp() + "/evil.py"
with open(path, "w") as file:
    file.write("import os as got\n")


class Entry(str):
    pass


entry = Entry("evil")
entry.name = "evil"
entry.loader = SourceFileLoader("evil", path)
entry.origin = path
entry.parent = ""
entry.has_location = True
entry.cached = entry.submodule_search_locations = None
entry.loader_state = None
sys.path.insert(0, entry)
sys.path_hooks.insert(0, importlib._bootstrap._load)
sys.modules.pop("colorsys", None)
try:
    import colorsys
except Exception:
    pass
got = sys.path_importer_cache["evil"].got
