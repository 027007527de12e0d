# unittest loads tests by name, and fails with the module in its hands.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import unittest


class Loader(unittest.TestLoader):
    def loadTestsFromModule(self, module, *args, **kwargs):
        self.found = module
        return self.suiteClass()


loader = Loader()
loader.loadTestsFromName("socket")
got = loader.found
