# A file of the plugin's becomes a submodule of a library.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json
import tempfile

folder = tempfile.mkdtemp()
with open(folder + "/harmless.py", "w") as file:
    file.write("import os as got\n")
json.__path__.append(folder)
import json.harmless
got = json.harmless.got
