# The functions of the guard's extension are all called with nothing.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import sys

ours = sys.modules.get("stockade._stockade") or sys.modules.get("_stockade")
for name, thing in list(vars(ours).items()) if ours else []:
    if callable(thing) and not name.startswith("__"):
        for args in ((), (None,), ("x",)):
            try:
                thing(*args)
            except BaseException:
                pass
import os as got
