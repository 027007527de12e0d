# SPDX-License-Identifier: Apache-2.0
import importlib
import inspect
import pkgutil
import sys

import plugins.first

print(importlib.reload(plugins.first).NAME)
del sys.modules["plugins.first"]
import plugins.first

print(inspect.getsource(plugins.first).splitlines()[-1])
print(len(pkgutil.get_data("plugins", "first.py")) > 10)
print(importlib.util.find_spec("plugins.second").name)
