# An import of a loaded module asks its spec whether it is still being loaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import re

got = []
asked = collections.defaultdict(functools.partial(
    got.extend, map(importlib.import_module, ["os"])))
spec = re.__spec__
re.__spec__ = type("Spec", (), {"_initializing": property(
    asked.__getitem__)})()
try:
    import poplib
finally:
    re.__spec__ = spec
