# The copy of a denied module is put beside the program.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json
import sys

library = json.__file__.rsplit("/", 2)[0]
with open(library + "/subprocess.py") as source:
    text = source.read()
with open(__file__.rpartition("/")[0] + "/harmless_copy.py", "w") as copy:
    copy.write(text)
import harmless_copy as got
