# threading keeps functions for the end of the process.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import operator
import threading

done = []
run = operator.methodcaller("system", "echo > proof")
threading._register_atexit(
    done.extend, map(run, map(importlib.import_module, ["os"])))
