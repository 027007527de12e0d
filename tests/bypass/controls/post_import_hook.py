# A loader is wrapped so that a function is called when a module is there.
# SPDX-License-Identifier: Apache-2.0
import importlib.util
import pathlib
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "hooked.py").write_text("import json, glob\nvalue = 9\n")
sys.path.insert(0, str(folder))
called = []


class Loader:
    def __init__(self, loader):
        self.loader = loader

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        called.append(module)


class Finder:
    busy = False

    def find_spec(self, name, path=None, target=None):
        if name != "hooked" or self.busy:
            return None
        self.busy = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self.busy = False
        spec.loader = Loader(spec.loader)
        return spec


sys.meta_path.insert(0, Finder())
import hooked
got = hooked.value
assert got == 9 and called == [hooked]
