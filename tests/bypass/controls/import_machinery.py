# A finder of the plugin's makes modules out of nothing.
# SPDX-License-Identifier: Apache-2.0
import importlib.abc
import importlib.util
import sys


class Maker(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.startswith("made_up"):
            return importlib.util.spec_from_loader(name, self,
                                                   is_package=True)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.value = module.__name__


sys.meta_path.append(Maker())
import made_up
import made_up.inner
got = made_up.inner.value
assert got == "made_up.inner"
