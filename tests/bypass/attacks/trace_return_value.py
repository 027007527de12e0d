# A trace function sees what importlib returns to a library.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import sys

found = []


def trace(frame, event, argument):
    if event == "return" and getattr(argument, "__name__", "") == "socket":
        found.append(argument)
    return trace


sys.modules.pop("socketserver", None)
sys.modules.pop("socket", None)
sys.settrace(trace)
import socketserver
sys.settrace(None)
got = found[0]
