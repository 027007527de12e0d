# zipapp makes an archive, and runpy runs it.
# SPDX-License-Identifier: Apache-2.0
import pathlib
import runpy
import tempfile
import zipapp

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "app").mkdir()
(folder / "app" / "__main__.py").write_text(
    "import helper\nresult = helper.value\n")
(folder / "app" / "helper.py").write_text(
    "import json, tempfile\nvalue = json.loads('[7]')[0]\n")
zipapp.create_archive(str(folder / "app"), str(folder / "app.pyz"))
got = runpy.run_path(str(folder / "app.pyz"))["result"]
assert got == 7
