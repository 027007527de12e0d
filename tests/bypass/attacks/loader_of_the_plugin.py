# A loader of the plugin's executes a string as a module of json's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib.util
import json
import sys


class Loader:
    def create_module(self, spec):
        return None

    def exec_module(self, module):
        importlib._bootstrap._call_with_frames_removed(
            exec, compile("import os as got", json.__file__, "exec"),
            module.__dict__)


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "json.harmless":
            return importlib.util.spec_from_loader(name, Loader())


sys.meta_path.append(Finder)
import json.harmless
got = json.harmless.got
