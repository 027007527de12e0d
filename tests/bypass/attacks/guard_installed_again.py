# The plugin installs a policy of its own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import tempfile

path = tempfile.mktemp(".ini")
with open(path, "w") as file:
    file.write("[stockade]\nversion = 1\ndefault = allow\n")
try:
    import stockade
    stockade.install(path)
except Exception:
    pass
import os as got
