# A module comes out of a zip.
# SPDX-License-Identifier: Apache-2.0
import sys
import tempfile
import zipfile

archive = tempfile.mktemp(".zip")
with zipfile.ZipFile(archive, "w") as out:
    out.writestr("zipped/__init__.py", "from .inner import value\n")
    out.writestr("zipped/inner.py", "import json\nvalue = json.dumps(1)\n")
sys.path.insert(0, archive)
import zipped
got = zipped.value
