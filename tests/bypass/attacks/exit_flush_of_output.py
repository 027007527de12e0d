# The output is flushed at the end of the process, and imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import operator
import sys

done = []
run = operator.methodcaller("system", "echo > proof")


class Output:
    flush = functools.partial(
        done.extend, map(run, map(importlib.import_module, ["os"])))
    write = len


sys.stdout = Output()
