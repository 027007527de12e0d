# The program displays a value, and a bare hook is told of it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import sys

got = []
bare = functools.partial(
    next, map(got.append, map(importlib.import_module, ["os"])))
sys.displayhook = bare
then = ["display"]
