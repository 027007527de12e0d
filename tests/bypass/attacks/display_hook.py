# The hook for what is displayed imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import sys

found = collections.defaultdict(
    functools.partial(importlib.import_module, "os"))
hook, sys.displayhook = sys.displayhook, found.__getitem__
try:
    exec(compile("'x'", "x", "single"))
finally:
    sys.displayhook = hook
got = found["x"]
