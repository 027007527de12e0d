# At the end of the process a bare callable imports and runs a command.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import atexit
import importlib
import operator

done = []
run = operator.methodcaller("system", "echo > proof")
atexit.register(done.extend, map(run, map(importlib.import_module, ["os"])))
