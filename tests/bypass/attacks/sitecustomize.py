# site executes a sitecustomize that the plugin has written.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import site
import sys
import tempfile

folder = tempfile.mkdtemp()
with open(folder + "/sitecustomize.py", "w") as file:
    file.write("import os\nimport sys\nsys.left_here = os\n")
sys.path.insert(0, folder)
sys.modules.pop("sitecustomize", None)
site.execsitecustomize()
got = sys.left_here
