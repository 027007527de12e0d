# idlelib looks a name up among what is loaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import sys
import types
for name in ("tkinter", "tkinter.font", "tkinter.ttk", "tkinter.messagebox"):
    sys.modules.setdefault(name, types.ModuleType(name))
sys.modules["tkinter"].TclError = ValueError
for name in ("Label", "LEFT", "SOLID", "TclError"):
    setattr(sys.modules["tkinter"], name, getattr(
        sys.modules["tkinter"], name, None))
import idlelib.calltip
got = idlelib.calltip.get_entity("os")
