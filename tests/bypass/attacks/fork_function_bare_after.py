# The program has forked, and what is bare is called in the parent.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import sys

got = []
bare = functools.partial(
    next, map(got.append, map(importlib.import_module, ["os"])), None)
sys.modules["posix"].register_at_fork(after_in_parent=bare)
then = ["fork"]
