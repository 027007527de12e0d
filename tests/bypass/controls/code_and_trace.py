# code, dis, ast and sys.settrace look at the plugin's own code.
# SPDX-License-Identifier: Apache-2.0
# does: introspection
import ast
import code
import dis
import io
import sys

space = {}
code.InteractiveInterpreter(space).runsource("import json; a = 1")
assert space["a"] == 1
dis.dis(compile("a = 1", "x", "exec"), file=io.StringIO())
assert ast.literal_eval("[1, 2]") == [1, 2]
events = []
sys.settrace(lambda frame, event, argument: events.append(event))
ast.dump(ast.parse("a = 1"))
sys.settrace(None)
got = len(events) > 0
assert got
