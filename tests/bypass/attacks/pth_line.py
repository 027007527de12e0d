# A line of a .pth file is executed by site.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import site
import sys
import tempfile

folder = tempfile.mkdtemp()
with open(folder + "/x.pth", "w") as file:
    file.write("import os, sys; sys.left_here = os\n")
site.addsitedir(folder)
got = sys.left_here
