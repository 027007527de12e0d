# importlib's class of specs is replaced by one that lies.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import _imp
import importlib._bootstrap


class ModuleSpec:
    loader = None
    origin = "built-in"
    name = property(lambda self: "posix")


spec = ModuleSpec()
spec.__dict__["name"] = "errno"
importlib._bootstrap.ModuleSpec = ModuleSpec
got = _imp.create_builtin(spec)
