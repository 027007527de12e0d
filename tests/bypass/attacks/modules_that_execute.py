# sys.modules executes the plugin's code when a module is loaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib._bootstrap as bootstrap
import sys

space = {}
evil = compile("import os as got", "x", "exec")
found = collections.defaultdict(functools.partial(
    bootstrap._call_with_frames_removed, exec, evil, space))


class Modules(dict):
    pop = found.__getitem__


sys.modules.pop("colorsys", None)
modules = sys.modules
try:
    sys.modules = Modules(modules)
    import colorsys
except Exception:
    pass
finally:
    sys.modules = modules
got = space["got"]
