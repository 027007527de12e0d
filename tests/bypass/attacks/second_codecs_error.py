# A second _codecs is made, and takes a bare error handler.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib.util

other = importlib.util.module_from_spec(importlib.util.find_spec("_codecs"))
got = []
names = map(got.append, map(importlib.import_module, ["os"]))
other.register_error("harmless", functools.partial(next, names))
then = ["error"]
