# A namespace of the plugin's lies where that of a library has lain.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import gc
import importlib
import sys
import types

found = []


def grab(thing, name):
    found.append(thing)
    return False


def lie_there():
    sys.modules.pop("uuid", None)
    module = importlib.import_module("uuid")
    code, where = module._arp_getnode.__code__, id(module.__dict__)
    del sys.modules["uuid"], module
    gc.collect()
    kept = [{} for _ in range(20000)]
    space = [space for space in kept if id(space) == where] or kept[-1:]
    space[0].update(hasattr=grab, __builtins__=__builtins__)
    types.FunctionType(code, space[0])()


for _ in range(50):
    try:
        lie_there()
    except Exception:
        pass
    if found:
        break
got = found
