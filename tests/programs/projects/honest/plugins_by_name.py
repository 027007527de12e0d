# SPDX-License-Identifier: Apache-2.0
import importlib
import pkgutil

import plugins

for found in sorted(pkgutil.iter_modules(plugins.__path__), key=lambda m: m.name):
    print(importlib.import_module("plugins." + found.name).NAME)
