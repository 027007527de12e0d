# sorted() calls import_module for its keys.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib

found = []
sorted(["os"], key=functools.partial(map, importlib.import_module))
sorted([["os"]], key=lambda names: found.extend(
    map(importlib.import_module, names)))
got = found[0]
