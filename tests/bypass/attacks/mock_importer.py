# unittest.mock imports the target of a patch.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import pkgutil
import unittest.mock

got = getattr(unittest.mock, "_importer",
              getattr(pkgutil, "resolve_name", None))("os")
