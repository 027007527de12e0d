# unittest has a program that imports the module of its tests.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import unittest

got = unittest.TestProgram(module="os", argv=["x"], exit=False).module
