# The functions of atexit are run early.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import atexit
import importlib

found = []
atexit.register(found.extend, map(importlib.import_module, ["os"]))
atexit._run_exitfuncs()
got = found[0]
