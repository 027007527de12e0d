# multiprocessing finalizes what is left at the end of the process.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import multiprocessing.util
import operator

done = []
run = operator.methodcaller("system", "echo > proof")
multiprocessing.util.Finalize(
    None, done.extend, (map(run, map(importlib.import_module, ["os"])),),
    exitpriority=1)
