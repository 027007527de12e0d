# A second builtins is made, with an __import__ of its own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import _imp
from importlib.machinery import BuiltinImporter, ModuleSpec

other = _imp.create_builtin(ModuleSpec("builtins", BuiltinImporter))
_imp.exec_builtin(other)
got = other.__import__("os")
