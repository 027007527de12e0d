# The event of an execution is raised by hand while a library is looked for.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib._bootstrap as bootstrap
import sys

evil = compile("def take():\n    import os\n    return os\n", "x", "exec")
sys.path_hooks.insert(0, functools.partial(
    bootstrap._call_with_frames_removed, sys.audit, "exec", evil))
sys.path.insert(0, "/nowhere")
sys.modules.pop("colorsys", None)
try:
    import colorsys
except Exception:
    pass
finally:
    del sys.path_hooks[0]
    sys.path.remove("/nowhere")
space = {}
exec(evil, space)
got = space["take"]()
