# The name ends with a dot or begins with blanks.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
got = None
for name in ("os.", " os", "os ", "os\0", "./os", "OS", "o\u017f"):
    try:
        got = __import__(name)
    except (ImportError, ValueError):
        continue
import os as got
