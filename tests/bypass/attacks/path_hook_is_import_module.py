# The path hook is import_module itself, called while a library loads.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import sys
import xml

for name in ("plistlib", "xml.parsers", "xml.parsers.expat"):
    sys.modules.pop(name, None)
xml.__path__.insert(0, "socket")
sys.path_hooks.insert(0, importlib.import_module)
try:
    import plistlib
except Exception:
    pass
got = sys.path_importer_cache["socket"]
