# The name of a spec is a str that is different each time.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import _imp
from importlib.machinery import BuiltinImporter, ModuleSpec


class Name(str):
    def __eq__(self, other):
        return other == "errno" or str.__eq__(self, other)

    def __hash__(self):
        return hash("errno")

    def __str__(self):
        return "errno"


got = _imp.create_builtin(ModuleSpec(Name("posix"), BuiltinImporter))
