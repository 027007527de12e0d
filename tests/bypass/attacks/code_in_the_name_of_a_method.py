# The names of methods, which multiprocessing writes into code, are code.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json
from multiprocessing.managers import MakeProxyType

json.found = []
MakeProxyType("Proxy", (
    "f(self): pass\nimport json, os\njson.found.append(os)\ndef g",))
got = json.found
