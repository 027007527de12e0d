# A library's module gets a __getattr__ that imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib
import json

json.__getattr__ = lambda name: importlib.import_module("os")
from json import harmless as got
