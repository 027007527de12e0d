# Text is executed in namespaces and modules of its own.
# SPDX-License-Identifier: Apache-2.0
import sys
import types

module = types.ModuleType("made_by_exec")
sys.modules["made_by_exec"] = module
exec(compile("import json\nfrom collections import deque\n"
             "def use():\n    import string\n"
             "    return json.dumps(list(deque([1]))) + string.digits[0]\n",
             "made_by_exec.py", "exec"), module.__dict__)
import made_by_exec
got = made_by_exec.use()
assert got == "[1]0" and eval("__import__('math').floor(1.5)") == 1
