# An extension reads an attribute of what it takes for a module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import sys

found = collections.defaultdict(functools.partial(__import__, "os"))


class Module:
    __getattr__ = found.__getitem__


sys.modules.pop("_elementtree", None)
saved = sys.modules.get("copy")
sys.modules["copy"] = Module()
try:
    import _elementtree
except Exception:
    pass
finally:
    sys.modules["copy"] = saved
got = list(found.values())
