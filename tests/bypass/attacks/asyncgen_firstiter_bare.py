# The program begins a generator, and a bare hook is told of it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import sys

got = []
bare = functools.partial(
    next, map(got.append, map(importlib.import_module, ["os"])))
sys.set_asyncgen_hooks(bare)
then = ["generator"]
