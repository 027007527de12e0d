# Modules that have moved are found under a package, as six has them.
# SPDX-License-Identifier: Apache-2.0
import importlib
import importlib.util
import sys
import types


class Importer:
    known = {"sixish.moves.json": "json", "sixish.moves.queue": "queue",
             "sixish.moves.urllib_parse": "urllib.parse"}

    def find_spec(self, name, path=None, target=None):
        if name in self.known or name in ("sixish", "sixish.moves"):
            return importlib.util.spec_from_loader(
                name, self, is_package=name not in self.known)

    def create_module(self, spec):
        if spec.name in self.known:
            return importlib.import_module(self.known[spec.name])
        return types.ModuleType(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.append(Importer())
from sixish.moves import urllib_parse
import sixish.moves.queue
got = urllib_parse.quote(" ")
assert got == "%20" and sixish.moves.queue.Queue
