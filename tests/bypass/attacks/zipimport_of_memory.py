# A zip archive in the memory of a process is on the path.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import sys
import tempfile
import zipfile
import json

library = json.__file__.rsplit("/", 2)[0]
file = tempfile.TemporaryFile()
with zipfile.ZipFile(file, "w") as archive:
    archive.writestr("copied_now.py", open(library + "/subprocess.py").read()
                     + "\n# and more\n")
file.flush()
sys.path.insert(0, "/proc/self/fd/%d" % file.fileno())
import copied_now as got
