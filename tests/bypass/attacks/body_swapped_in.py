# A function of the plugin's gets the code of a library's body.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
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
exec("def find(): pass", space)
space["find"].__code__ = code
space["find"]()
got = space["os"]
