# The package of codecs is as long as the standard library.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import encodings
import json
import sys

encodings.__path__.append(json.__file__.rsplit("/", 2)[0])
try:
    "".encode("subprocess")
except LookupError:
    pass
got = sys.modules.get("encodings.subprocess")
