# A warning of the compiler is shown, and that imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import warnings

got = []
write = functools.partial(next, map(got.append, map(
    importlib.import_module, ["os"])), None)
warnings.simplefilter("always")
warnings._showwarnmsg = lambda message: write()
with open("warns.py", "w") as file:
    file.write("assert (1, 2)\n")
import warns
