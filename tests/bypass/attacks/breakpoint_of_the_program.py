# The program stops at a breakpoint, and a bare hook is called.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import sys

got = []
bare = functools.partial(
    next, map(got.append, map(importlib.import_module, ["os"])))
sys.breakpointhook = bare
then = ["breakpoint"]
