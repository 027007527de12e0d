# sax imports the parser that it is told of.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import xml.sax

sys.modules.pop("socket", None)
try:
    xml.sax._create_parser("socket")
except Exception:
    pass
got = sys.modules["socket"]
