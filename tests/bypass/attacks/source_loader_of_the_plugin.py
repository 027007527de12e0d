# A SourceLoader of the plugin's gives the denied source itself.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib.abc
import importlib.util
import json


class Loader(importlib.abc.SourceLoader):
    def get_filename(self, name):
        return json.__file__.rsplit("/", 2)[0] + "/subprocess.py"

    def get_data(self, path):
        with open(path, "rb") as file:
            return file.read()


spec = importlib.util.spec_from_loader("harmless", Loader())
got = importlib.util.module_from_spec(spec)
spec.loader.exec_module(got)
