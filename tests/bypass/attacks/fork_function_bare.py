# The program forks, and what is bare is called before that.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import sys

got = []
bare = functools.partial(
    next, map(got.append, map(importlib.import_module, ["os"])), None)
sys.modules["os"].register_at_fork(before=bare)
then = ["fork"]
