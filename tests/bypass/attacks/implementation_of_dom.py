# xml.dom imports an implementation that was registered by its name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import xml.dom.domreg as domreg

sys.modules.pop("socket", None)
domreg.well_known_implementations["plugin"] = "socket"
try:
    domreg.getDOMImplementation("plugin")
except Exception:
    pass
got = sys.modules["socket"]
