# A tracer counts lines while libraries are loaded, as coverage does.
# SPDX-License-Identifier: Apache-2.0
# does: introspection
import sys

lines = []


def trace(frame, event, argument):
    if event == "line":
        frame.f_locals
        lines.append(frame.f_lineno)
    return trace


for name in ("glob", "gettext", "fnmatch"):
    sys.modules.pop(name, None)
sys.settrace(trace)
import gettext
import glob
sys.settrace(None)
got = len(lines) > 50
assert got and glob.glob
