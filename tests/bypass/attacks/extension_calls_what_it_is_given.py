# An extension calls __import__ while it is loaded, as a method that was patched.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import collections
import functools
import numbers
import sys
import types

found = collections.defaultdict(functools.partial(__import__, "os"))
sys.modules.pop("_decimal", None)
number = numbers.Number
numbers.Number = types.SimpleNamespace(register=found.__getitem__)
try:
    import _decimal
except Exception:
    pass
finally:
    numbers.Number = number
got = list(found.values())
