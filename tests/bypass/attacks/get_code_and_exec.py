# A loader gives the code and the plugin executes it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import types
from importlib.machinery import SourceFileLoader

library = json.__file__.rsplit("/", 2)[0]
loader = SourceFileLoader("subprocess", library + "/subprocess.py")
got = types.ModuleType("json")
exec(loader.get_code("subprocess"), got.__dict__)
