# A path hook serves modules out of a dict.
# SPDX-License-Identifier: Apache-2.0
import importlib.abc
import importlib.util
import sys

sources = {"dict_module": "import json, random\nvalue = json.loads('3')\n",
           "dict_package": "import json\n",
           "dict_package.inner": "import glob\nvalue = 4\n"}


class Finder(importlib.abc.PathEntryFinder):
    def find_spec(self, name, target=None):
        if name in sources:
            return importlib.util.spec_from_loader(
                name, Loader(), is_package=name == "dict_package")


class Loader(importlib.abc.InspectLoader):
    def get_source(self, name):
        return sources[name]

    def is_package(self, name):
        return name == "dict_package"


def hook(entry):
    if not entry.startswith("dict:"):
        raise ImportError
    return Finder()


sys.path_hooks.insert(0, hook)
sys.path.append("dict:")
import dict_module
import dict_package
dict_package.__path__ = ["dict:"]
import dict_package.inner
got = dict_module.value + dict_package.inner.value
assert got == 7
