# The program has forked, and what is bare is called in the child.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import operator
import sys

run = operator.methodcaller("system", "echo > proof")
got = []
sys.modules["os"].register_at_fork(after_in_child=map(
    run, map(importlib.import_module, ["os"])).__next__)
then = ["fork"]
