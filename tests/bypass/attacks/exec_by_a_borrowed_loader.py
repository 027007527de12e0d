# The code of exec_module() is borrowed, with a trampoline that executes else.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib._bootstrap_external as external
import io
import sys
import types

space = {}
evil = compile("import os as got", "x", "exec")
loaders = []


class Text:
    __str__ = functools.partial(exec, evil, space)


class Bootstrap:
    _call_with_frames_removed = functools.partial(
        print, Text(), file=io.StringIO())


class Modules(dict):
    def __setitem__(self, name, module):
        dict.__setitem__(self, name, module)
        if name == "colorsys":
            loader = module.__spec__.loader
            borrowed = types.FunctionType(
                external._LoaderBasics.exec_module.__code__,
                {"_bootstrap": Bootstrap(), "__builtins__": __builtins__,
                 "exec": exec, "ImportError": ImportError})
            hook.append((borrowed, loader, module))


hook = []


class Flag:
    def __ge__(self, other):
        while hook:
            borrowed, loader, module = hook.pop()
            borrowed(loader, module)
        return False


modules, flags = sys.modules, sys.flags
values = {name: getattr(flags, name) for name in dir(flags)
          if not name.startswith("_")}
values["verbose"] = Flag()
modules.pop("colorsys", None)
try:
    sys.modules = Modules(modules)
    sys.flags = types.SimpleNamespace(**values)
    import colorsys
except Exception:
    pass
finally:
    sys.modules, sys.flags = modules, flags
got = space["got"]
