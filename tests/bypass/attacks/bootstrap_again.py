# The frozen importlib is executed a second time, into another namespace.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import _imp
import types
import sys

code = _imp.get_frozen_object("_frozen_importlib")
other = types.ModuleType("other")
exec(code, other.__dict__)
other.sys, other._imp = sys, _imp
other._thread = sys.modules["_thread"]
other._weakref = sys.modules["_weakref"]
other._warnings = sys.modules["_warnings"]
got = other._gcd_import("os")
