# A second sys is made, and takes a bare hook of generators.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib.util

other = importlib.util.module_from_spec(importlib.util.find_spec("sys"))
got = []
names = map(got.append, map(importlib.import_module, ["os"]))
other.set_asyncgen_hooks(firstiter=functools.partial(next, names))
then = ["generator"]
