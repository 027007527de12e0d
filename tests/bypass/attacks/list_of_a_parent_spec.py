# A list in the spec of a package changes the spec of what is loaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import tempfile
import xml.sax

path = tempfile.mkdtemp() + "/evil.py"
with open(path, "w") as file:
    file.write("import os as got\n")


class Children(list):
    def append(self, name):
        sys._getframe(1).f_locals["spec"].loader.path = path
        list.append(self, name)


sys.modules.pop("xml.sax.saxutils", None)
xml.sax.__spec__._uninitialized_submodules = Children()
import xml.sax.saxutils
got = xml.sax.saxutils.got
