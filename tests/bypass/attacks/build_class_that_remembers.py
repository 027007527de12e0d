# __build_class__ sees the globals of what a library loads.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import builtins
import sys
import types

found = []
build = builtins.__build_class__


def remember(function, name, *args, **kwargs):
    if name == "CDLL":
        found.append(function.__globals__)
    return build(function, name, *args, **kwargs)


for name in [n for n in sys.modules if "ctypes" in n]:
    del sys.modules[name]
builtins.__build_class__ = remember
try:
    import multiprocessing.sharedctypes
finally:
    builtins.__build_class__ = build
got = found[0]
