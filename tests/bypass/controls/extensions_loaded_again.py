# Extensions are taken out of sys.modules and loaded again.
# SPDX-License-Identifier: Apache-2.0
import sys

names = ["_decimal", "_json", "_elementtree", "array", "_pickle", "_datetime",
         "_zoneinfo", "_csv", "_struct", "_heapq", "math", "_ssl", "_hashlib"]
for name in names:
    sys.modules.pop(name, None)
for name in ("decimal", "xml.etree.ElementTree", "pickle", "zoneinfo", "csv"):
    sys.modules.pop(name, None)
import array
import csv
import decimal
import pickle
import xml.etree.ElementTree as tree
try:
    import zoneinfo
except ImportError:
    zoneinfo = None
got = str(decimal.Decimal("1.10") + 1)
assert got == "2.10" and tree.fromstring("<a/>").tag == "a"
assert pickle.loads(pickle.dumps(array.array("i", [1])))[0] == 1
