# SPDX-License-Identifier: Apache-2.0
"""Finds modules in a zip file, and executes them where it runs itself: in a
worker, which never opens a file. The host hands the bytes of the zip over."""

import io
import zipfile
from importlib.machinery import ModuleSpec


class Loader:
    def __init__(self, shelf, path):
        self.shelf = shelf
        self.path = path

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        code = compile(self.get_source(module.__name__), self.path, "exec")
        exec(code, module.__dict__)

    def get_filename(self, name):
        return self.path

    def get_source(self, name):
        return self.get_data(self.path).decode()

    def get_data(self, path):
        try:
            return self.shelf.read(path)
        except KeyError:
            raise OSError("%s is not in the zip" % path)


class Finder:
    def __init__(self, data):
        self.shelf = zipfile.ZipFile(io.BytesIO(data))
        self.names = set(self.shelf.namelist())

    def find_spec(self, name, path=None, target=None):
        stem = name.replace(".", "/")
        for file, is_package in ((stem + "/__init__.py", True), (stem + ".py", False)):
            if file in self.names:
                return ModuleSpec(name, Loader(self.shelf, file), is_package=is_package)
        return None
