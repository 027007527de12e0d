# The source of a denied module is copied to a file of another name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import sys
import tempfile

library = json.__file__.rsplit("/", 2)[0]
folder = tempfile.mkdtemp()
with open(library + "/subprocess.py") as source:
    text = source.read()
with open(folder + "/harmless_copy.py", "w") as copy:
    copy.write(text)
sys.path.insert(0, folder)
import harmless_copy as got
