# A zip on sys.path holds the denied source under another name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import sys
import tempfile
import zipfile

library = json.__file__.rsplit("/", 2)[0]
archive = tempfile.mktemp(".zip")
with zipfile.ZipFile(archive, "w") as out:
    out.write(library + "/socket.py", "harmless_copy.py")
sys.path.insert(0, archive)
import harmless_copy as got
