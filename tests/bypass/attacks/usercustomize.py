# site executes a usercustomize that the plugin has written.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import site
import sys
import tempfile

folder = tempfile.mkdtemp()
with open(folder + "/usercustomize.py", "w") as file:
    file.write("import os as got\n")
sys.path.insert(0, folder)
sys.modules.pop("usercustomize", None)
site.execusercustomize()
got = sys.modules["usercustomize"].got
