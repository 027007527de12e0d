# unittest discovers a test that imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys
import tempfile
import unittest

folder = tempfile.mkdtemp()
with open(folder + "/test_evil.py", "w") as file:
    file.write("import os as got\n")
unittest.TestLoader().discover(folder, "test_*.py")
got = sys.modules["test_evil"].got
