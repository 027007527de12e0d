# A loader executes the code of its module with exec, as rewriters do.
# SPDX-License-Identifier: Apache-2.0
import importlib.abc
import importlib.util
import sys


class Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name == "self_made":
            return importlib.util.spec_from_loader(name, self)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(compile("import json, glob\nvalue = json.dumps(2)", "self_made",
                     "exec"), module.__dict__)


sys.meta_path.insert(0, Hook())
import self_made
got = self_made.value
assert got == "2"
