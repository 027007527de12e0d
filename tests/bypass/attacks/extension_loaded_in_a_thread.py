# A thread loads an extension that calls what was patched.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _thread
import collections
import functools
import importlib
import numbers
import sys
import time
import types

found = collections.defaultdict(functools.partial(__import__, "os"))
sys.modules.pop("_decimal", None)
number = numbers.Number
numbers.Number = types.SimpleNamespace(register=found.__getitem__)
_thread.start_new_thread(importlib.import_module, ("_decimal",))
end = time.monotonic() + 3
while not found and time.monotonic() < end:
    time.sleep(0.01)
numbers.Number = number
got = list(found.values())
