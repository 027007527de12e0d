# The globals are those of a double of the library in sys.modules.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import types
import uuid

found = []


def grab(thing, name):
    found.append(thing)
    return False


double = types.ModuleType("uuid")
double.hasattr = grab
double.__builtins__ = __builtins__
find = types.FunctionType(uuid._arp_getnode.__code__, double.__dict__)
sys.modules["uuid"] = double
find()
got = found[0]
