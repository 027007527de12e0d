# The compiled file of a denied module is unmarshalled and executed.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib.util
import json
import marshal
import sys
import types

source = json.__file__.rsplit("/", 2)[0] + "/socket.py"
with open(importlib.util.cache_from_source(source), "rb") as file:
    code = marshal.loads(file.read()[16:])
got = sys.modules["x"] = types.ModuleType("x")
exec(code.replace(co_filename="x"), got.__dict__)
