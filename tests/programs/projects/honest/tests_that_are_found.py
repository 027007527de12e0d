# SPDX-License-Identifier: Apache-2.0
import sys
import unittest

suite = unittest.defaultTestLoader.discover(".", pattern="cases_to_find.py")
result = unittest.TextTestRunner(stream=sys.stdout).run(suite)
print(result.testsRun, result.wasSuccessful())
