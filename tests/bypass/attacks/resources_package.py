# importlib.resources takes a package by name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib.resources
import importlib

common = importlib.import_module("importlib.resources")
common = getattr(common, "_common", common)
for name in ("resolve", "_resolve", "_get_package", "get_package"):
    if hasattr(common, name):
        got = getattr(common, name)("os")
        break
