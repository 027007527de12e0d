# The code of importlib's own function is caught running, and reused.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import importlib._bootstrap as bootstrap
import sys
import types

codes = []


def trace(frame, event, argument):
    codes.append(frame.f_code)


sys.modules.pop("colorsys", None)
sys.settrace(trace)
import colorsys
sys.settrace(None)
code = [code for code in codes if code.co_name == "_find_and_load"][0]
got = types.FunctionType(code, bootstrap.__dict__)("os", None)
