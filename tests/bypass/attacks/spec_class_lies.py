# The class of specs gets a property that hides the name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import _imp
from importlib.machinery import BuiltinImporter, ModuleSpec

spec = ModuleSpec("errno", BuiltinImporter)
ModuleSpec.name = property(lambda self: "posix", lambda self, value: None)
try:
    got = _imp.create_builtin(spec)
finally:
    del ModuleSpec.name
