# expat calls import_module for an element.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import sys
import xml.parsers.expat

sys.modules.pop("socket", None)
parser = xml.parsers.expat.ParserCreate()
parser.StartElementHandler = importlib.import_module
parser.Parse("<socket/>", True)
got = sys.modules["socket"]
