# unittest discovers tests and runs them.
# SPDX-License-Identifier: Apache-2.0
import io
import pathlib
import tempfile
import unittest

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "test_honest.py").write_text(
    "import unittest\nfrom unittest import mock\nimport json\n"
    "class Case(unittest.TestCase):\n"
    "    def test_one(self):\n"
    "        with mock.patch('json.dumps', return_value='x'):\n"
    "            self.assertEqual(json.dumps(1), 'x')\n"
    "    def test_two(self):\n"
    "        with self.subTest(1):\n"
    "            self.assertTrue(1)\n")
suite = unittest.TestLoader().discover(str(folder))
result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
got = result.testsRun
assert got == 2 and result.wasSuccessful(), result.errors
