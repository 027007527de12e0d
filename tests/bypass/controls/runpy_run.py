# runpy runs a module and a file.
# SPDX-License-Identifier: Apache-2.0
import runpy
import tempfile

got = runpy.run_module("json.decoder")["__name__"]
assert got == "json.decoder"
folder = tempfile.mkdtemp()
with open(folder + "/script.py", "w") as file:
    file.write("import json\nvalue = json.dumps(__name__)\n")
got = runpy.run_path(folder + "/script.py", run_name="x")["value"]
assert got == '"x"'
