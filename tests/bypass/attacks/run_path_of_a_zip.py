# runpy runs a zip that has a __main__.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import runpy
import tempfile
import zipfile

archive = tempfile.mktemp(".zip")
with zipfile.ZipFile(archive, "w") as out:
    out.writestr("__main__.py", "import os as got\n")
got = runpy.run_path(archive)["got"]
