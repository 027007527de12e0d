# inspect finds sources, members and callers.
# SPDX-License-Identifier: Apache-2.0
# does: introspection
import inspect
import json

assert "def loads" in inspect.getsource(json.loads)
assert inspect.getmodule(json.loads) is json
assert inspect.stack()[0].function == "<module>"
got = len(inspect.getmembers(json, inspect.isfunction))
assert got
