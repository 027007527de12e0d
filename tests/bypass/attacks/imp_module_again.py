# A second _imp is made, with functions of its own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import _imp
import importlib._bootstrap
from importlib.machinery import BuiltinImporter, ModuleSpec

other = _imp.create_builtin(ModuleSpec("_imp", BuiltinImporter))
if hasattr(_imp, "exec_builtin"):
    _imp.exec_builtin(other)
got = other.create_builtin(ModuleSpec("posix", BuiltinImporter))
