# A finder that stands first sees what is imported, and finds nothing.
# SPDX-License-Identifier: Apache-2.0
import sys

seen = []


class Observer:
    @staticmethod
    def find_spec(name, path=None, target=None):
        seen.append(name)
        return None


sys.meta_path.insert(0, Observer)
for name in ("glob", "gettext"):
    sys.modules.pop(name, None)
import gettext
import glob
sys.meta_path.remove(Observer)
got = {"glob", "gettext"} <= set(seen)
assert got
