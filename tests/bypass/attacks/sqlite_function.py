# An SQL function imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import sqlite3

found = []
connection = sqlite3.connect(":memory:")
connection.create_function(
    "f", 1, lambda name: found.append(importlib.import_module(name)))
connection.execute("select f('os')").fetchone()
got = found[0]
