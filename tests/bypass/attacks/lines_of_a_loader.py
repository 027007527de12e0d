# linecache asks a loader for source, and the loader imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import linecache
import sys
import types

sys.modules.pop("socket", None)
loader = types.SimpleNamespace(get_source=importlib.import_module)
try:
    linecache.updatecache("nowhere.py", {"__name__": "socket",
                                         "__loader__": loader})
except Exception:
    pass
got = sys.modules["socket"]
