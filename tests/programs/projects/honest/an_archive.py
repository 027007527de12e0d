# SPDX-License-Identifier: Apache-2.0
import sys
import zipfile

with zipfile.ZipFile("archive.zip", "w") as archive:
    archive.writestr("zipped.py", "import colorsys\nNAME = __name__\n")
sys.path.insert(0, "archive.zip")
import zipped

print(zipped.NAME, zipped.__file__.endswith("archive.zip/zipped.py"))
