# importlib's function for from-lists is given a package of the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap as bootstrap
import sys
import types

sys.modules.pop("ctypes", None)
package = types.SimpleNamespace(__name__="ctypes", __path__=[])
try:
    bootstrap._handle_fromlist(package, ("util",), bootstrap._gcd_import)
except Exception:
    pass
got = sys.modules["ctypes"]
