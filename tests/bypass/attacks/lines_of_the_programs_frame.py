# A frame of the program's is given a bare function that traces its lines.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import importlib
import io
import sys


class Text:
    pass


got = []
found = collections.defaultdict(functools.partial(
    got.extend, map(importlib.import_module, ["os"])))
Text.__str__ = functools.partial("{0[os]}".format, found)
frame = sys._getframe()
while frame.f_back:
    frame = frame.f_back
    if frame.f_globals["__name__"] == "__main__":
        frame.f_trace = functools.partial(
            print, Text(), file=io.StringIO())
sys.settrace(lambda *args: None)
