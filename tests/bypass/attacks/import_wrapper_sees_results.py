# A wrapper of __import__ keeps what a library imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import builtins
import sys

found = []
original = builtins.__import__


def keep(name, *args):
    module = original(name, *args)
    if name == "socket":
        found.append(module)
    return module


builtins.__import__ = keep
sys.modules.pop("socketserver", None)
try:
    import socketserver
finally:
    builtins.__import__ = original
got = found[0]
