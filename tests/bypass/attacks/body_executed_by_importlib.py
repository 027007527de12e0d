# importlib's trampoline executes a library's body in other globals.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap
import sys

codes = []


def trace(frame, event, argument):
    codes.append(frame.f_code)


sys.modules.pop("fileinput", None)
sys.settrace(trace)
import fileinput
sys.settrace(None)
code = [code for code in codes if code.co_filename == fileinput.__file__
        and code.co_name == "<module>"][0]
space = {"__name__": "harmless"}
importlib._bootstrap._call_with_frames_removed(exec, code, space)
got = space["os"]
