# Code is generated, compiled and executed.
# SPDX-License-Identifier: Apache-2.0
# does: introspection
import types

space = {}
exec(compile("import json\ndef dump(thing):\n    return json.dumps(thing)\n",
             "<generated>", "exec"), space)
module = types.ModuleType("generated")
exec("from string import digits\nvalue = digits", module.__dict__)
copy = types.FunctionType(space["dump"].__code__, space)
got = copy(1) + module.value
assert got == "10123456789"
