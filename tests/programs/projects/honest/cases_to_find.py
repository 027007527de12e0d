# SPDX-License-Identifier: Apache-2.0
import unittest


class Found(unittest.TestCase):
    def test_it(self):
        import fractions

        self.assertEqual(fractions.Fraction(1, 2) * 2, 1)
