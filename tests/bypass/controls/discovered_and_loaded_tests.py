# unittest loads tests of a package with load_tests and fixtures.
# SPDX-License-Identifier: Apache-2.0
import io
import pathlib
import sys
import tempfile
import unittest

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "checks_x").mkdir()
(folder / "checks_x" / "__init__.py").write_text("")
(folder / "checks_x" / "test_one.py").write_text('''
import unittest
def setUpModule():
    import colorsys
class One(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        import textwrap
    def test_a(self):
        import json
        with self.subTest(i=1), self.assertRaises(ImportError):
            import there_is_none_x
    @unittest.skip("so")
    def test_b(self):
        pass
class Later(unittest.IsolatedAsyncioTestCase):
    async def test_c(self):
        import asyncio
        await asyncio.sleep(0)
def load_tests(loader, tests, pattern):
    import doctest
    return tests
''')
sys.path.insert(0, str(folder))
suite = unittest.TestLoader().discover(str(folder / "checks_x"),
                                       top_level_dir=str(folder))
named = unittest.defaultTestLoader.loadTestsFromName(
    "checks_x.test_one.One.test_a")
result = unittest.TextTestRunner(io.StringIO()).run(suite)
got = (result.wasSuccessful(), len(result.skipped), named.countTestCases())
assert got == (True, 1, 1)
