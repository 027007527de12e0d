# A loader that stands before CPython's keeps what a library imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib.abc
import importlib.machinery
import sys

found = []


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "selectors":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        inner = spec.loader
        exec_module = inner.exec_module

        def keep(module):
            exec_module(module)
            found.append(sys.modules["socket"])

        inner.exec_module = keep
        return spec


for name in ("socketserver", "socket", "selectors"):
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Finder)
import socketserver
got = found[0] if found else socketserver.socket
