# A thread that C made calls import_module: nobody has started it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib

import _testcapi

found = []
names = map(importlib.import_module, ["os"])


class Take:
    __call__ = functools = None


_testcapi.call_in_temporary_c_thread(
    __import__("functools").partial(found.extend, names))
got = found
