# A zipimporter loads a copy itself.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import tempfile
import warnings
import zipfile
import zipimport

warnings.simplefilter("ignore")
library = json.__file__.rsplit("/", 2)[0]
archive = tempfile.mktemp(".zip")
with zipfile.ZipFile(archive, "w") as out:
    out.write(library + "/socket.py", "harmless_copy.py")
got = zipimport.zipimporter(archive).load_module("harmless_copy")
