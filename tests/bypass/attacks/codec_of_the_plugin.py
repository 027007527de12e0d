# The package of codecs is longer than it was, and one of them imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import codecs
import encodings
import sys
import tempfile

folder = tempfile.mkdtemp()
with open(folder + "/evil_codec.py", "w") as file:
    file.write("import os as got\n")
encodings.__path__.append(folder)
try:
    codecs.lookup("evil_codec")
except LookupError:
    pass
got = sys.modules["encodings.evil_codec"].got
