# The path hook is exec, called by importlib's own trampoline.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib._bootstrap as bootstrap
import sys


class Entry(str):
    __hash__ = str.__hash__

    def __setitem__(self, name, value):
        raise KeyError(name)


space = {}
evil = compile("global got\nimport os as got", "x", "exec")
entry = Entry("/nowhere")
sys.path_hooks.insert(0, functools.partial(
    bootstrap._call_with_frames_removed, exec, evil, space))
sys.path.insert(0, entry)
sys.modules.pop("colorsys", None)
try:
    import colorsys
except Exception:
    pass
finally:
    del sys.path_hooks[0], sys.path[0]
got = space["got"]
