# The functions of _imp that importlib holds are older than the guard's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib._bootstrap
from importlib.machinery import BuiltinImporter, ModuleSpec

inner = importlib._bootstrap._imp.create_builtin
inner = getattr(inner, "__self__", None) or inner
if not callable(inner):
    inner = importlib._bootstrap._imp.create_builtin
got = inner(ModuleSpec("posix", BuiltinImporter))
