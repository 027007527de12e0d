# A path hook that is a loader's method loads while a library is looked for.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import tempfile
import warnings
from importlib.machinery import SourceFileLoader

warnings.simplefilter("ignore")
path = tempfile.mkdtemp() + "/evil.py"
with open(path, "w") as file:
    file.write("import os as got\n")
sys.path.insert(0, "evil")
sys.path_hooks.insert(0, SourceFileLoader("evil", path).load_module)
sys.modules.pop("colorsys", None)
try:
    import colorsys
except Exception:
    pass
got = sys.path_importer_cache["evil"].got
