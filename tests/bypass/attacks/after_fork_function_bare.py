# The program starts a process, and what is bare is called in that.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import multiprocessing.util
import operator

got = []
run = operator.methodcaller("system", "echo > proof")
bare = functools.partial(next, map(run, map(importlib.import_module, ["os"])))
multiprocessing.util.register_after_fork(bare, bare)
then = ["process"]
