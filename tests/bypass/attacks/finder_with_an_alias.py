# A finder gives a denied module out under another name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import sys
from importlib.machinery import PathFinder


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "harmless":
            return PathFinder.find_spec("socket")


sys.meta_path.insert(0, Finder)
import harmless as got
