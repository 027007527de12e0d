# dbm imports the backends that it is told of.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import dbm
import tempfile

dbm._names = ["os"]
dbm._defaultmod = None
try:
    dbm.open(tempfile.mkdtemp() + "/x", "n")
except Exception:
    pass
got = dbm._modules["os"]
