# A generator of the program is not exhausted, and a bare hook ends it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import sys

got = []
bare = functools.partial(
    next, map(got.append, map(importlib.import_module, ["os"])))
sys.set_asyncgen_hooks(finalizer=bare)
then = ["generator"]
