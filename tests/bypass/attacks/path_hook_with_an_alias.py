# A path hook gives a denied file out under another name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_loader

library = json.__file__.rsplit("/", 2)[0]


class Finder:
    def __init__(self, path):
        if path != "somewhere":
            raise ImportError

    def find_spec(self, name, target=None):
        if name == "harmless":
            return spec_from_loader(
                name, SourceFileLoader(name, library + "/socket.py"))

    def invalidate_caches(self):
        pass


sys.path_hooks.insert(0, Finder)
sys.path.insert(0, "somewhere")
import harmless as got
