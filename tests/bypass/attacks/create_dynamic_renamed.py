# An extension is loaded under another package's name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import _imp
from importlib.machinery import BuiltinImporter, ModuleSpec, PathFinder

spec = (PathFinder.find_spec("_socket")
        or BuiltinImporter.find_spec("_socket"))
if spec.origin == "built-in":
    got = _imp.create_builtin(spec)
else:
    got = _imp.create_dynamic(
        ModuleSpec("harmless._socket", None, origin=spec.origin))
    _imp.exec_dynamic(got)
