# A patch of unittest.mock keeps the original.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import unittest.mock

got = unittest.mock.patch("os.system", new=None).get_original()[0]
