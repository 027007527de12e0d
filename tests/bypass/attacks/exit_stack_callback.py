# An ExitStack calls import_module when it is left.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import contextlib
import importlib

found = []
with contextlib.ExitStack() as stack:
    stack.callback(found.extend, map(importlib.import_module, ["os"]))
got = found
