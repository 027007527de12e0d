# A library's body calls what it takes for re.compile.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import re
import sys

sys.modules.pop("gettext", None)
original = re.compile
re.compile = functools.partial(__import__, "os")
try:
    import gettext
finally:
    re.compile = original
got = gettext._token_pattern
