# Tcl calls a bare callable for a command of a script.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _tkinter
import importlib

found = []
names = map(found.append, map(importlib.import_module, ["os"]))
tcl = _tkinter.create(None, "x", "Tk", 0, 1, 0)
tcl.createcommand("load_it", names.__next__)
try:
    tcl.eval("load_it")
except _tkinter.TclError:
    pass
got = found
