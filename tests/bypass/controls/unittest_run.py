# unittest runs a test with a mock.
# SPDX-License-Identifier: Apache-2.0
import io
import unittest
import unittest.mock


class Test(unittest.TestCase):
    def test_it(self):
        with unittest.mock.patch("json.loads", return_value=5) as loads:
            import json
            self.assertEqual(json.loads("1"), 5)
        loads.assert_called_once_with("1")


suite = unittest.defaultTestLoader.loadTestsFromTestCase(Test)
got = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
assert got.wasSuccessful() and got.testsRun == 1
got = 1
