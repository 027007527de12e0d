# A comparison of sys.flags.verbose executes the plugin's code.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib._bootstrap as bootstrap
import sys
import types

space = {}
evil = compile("import os as got", "x", "exec")
found = collections.defaultdict(functools.partial(
    bootstrap._call_with_frames_removed, exec, evil, space))


class Flag:
    __ge__ = found.__getitem__


flags = sys.flags
values = {name: getattr(flags, name) for name in dir(flags)
          if not name.startswith("_")}
values["verbose"] = Flag()
sys.modules.pop("colorsys", None)
try:
    sys.flags = types.SimpleNamespace(**values)
    import colorsys
except Exception:
    pass
finally:
    sys.flags = flags
got = space["got"]
