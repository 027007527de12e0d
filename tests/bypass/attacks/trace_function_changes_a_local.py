# A trace function changes a variable of importlib's while it loads.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import importlib.util
import sys

path = importlib.util.find_spec("colorsys").origin
evil = compile("import os as got", path, "exec")


def trace(frame, event, argument):
    if frame.f_code.co_name != "exec_module":
        return None
    if event == "line" and frame.f_locals.get("code") is not None:
        frame.f_locals["code"] = evil
    return trace


sys.modules.pop("colorsys", None)
sys.settrace(trace)
import colorsys
sys.settrace(None)
got = colorsys.got
