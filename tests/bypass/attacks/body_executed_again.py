# The code of a library's body runs again, in globals of the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys

codes = []


def trace(frame, event, argument):
    codes.append(frame.f_code)


for name in ("shelve", "glob", "fileinput"):
    sys.modules.pop(name, None)
sys.settrace(trace)
import fileinput
sys.settrace(None)
code = [code for code in codes if code.co_filename == fileinput.__file__
        and code.co_name == "<module>"][0]
space = {"__name__": "harmless"}
exec(code, space)
got = space["os"]
