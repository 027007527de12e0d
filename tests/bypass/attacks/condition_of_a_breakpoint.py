# The debugger evaluates the condition of a breakpoint.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import bdb

found = []
point = bdb.Breakpoint(__file__, 1, cond="found.append(__import__('os'))")


class Frame:
    f_globals = globals()
    f_locals = {}
    f_lineno = 1
    f_code = type("C", (), {"co_filename": __file__})


debugger = bdb.Bdb()
debugger.fncache = {}
bdb.Breakpoint.bplist[debugger.canonic(__file__), 1] = [point]
bdb.effective(debugger.canonic(__file__), 1, Frame)
got = found
