# The code of a library's body becomes a function of the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import types

codes = []


def trace(frame, event, argument):
    codes.append(frame.f_code)


sys.modules.pop("fileinput", None)
sys.settrace(trace)
import fileinput
sys.settrace(None)
code = [code for code in codes if code.co_filename == fileinput.__file__
        and code.co_name == "<module>"][0]
space = {"__name__": "harmless", "__builtins__": __builtins__}
types.FunctionType(code, space)()
got = space["os"]
