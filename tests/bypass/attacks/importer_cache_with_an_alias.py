# sys.path_importer_cache holds a finder of the plugin's for an entry.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_loader

library = json.__file__.rsplit("/", 2)[0]


class Finder:
    @staticmethod
    def find_spec(name, target=None):
        if name == "harmless":
            return spec_from_loader(
                name, SourceFileLoader(name, library + "/subprocess.py"))


sys.path_importer_cache[sys.path[-1]] = Finder
import harmless as got
