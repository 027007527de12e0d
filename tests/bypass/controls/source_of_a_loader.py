# Tracebacks and inspect show the source that a loader has.
# SPDX-License-Identifier: Apache-2.0
import importlib.abc
import importlib.util
import inspect
import linecache
import sys
import traceback

text = "import json\ndef fail():\n    return json.loads('')\n"


class Loader(importlib.abc.InspectLoader):
    def get_source(self, name):
        return text

    def get_filename(self, name):
        return "<made %s>" % name


spec = importlib.util.spec_from_loader("has_source", Loader())
module = importlib.util.module_from_spec(spec)
sys.modules["has_source"] = module
spec.loader.exec_module(module)
try:
    module.fail()
except ValueError:
    got = "JSONDecodeError" in traceback.format_exc()
assert got and inspect.signature(module.fail)
linecache.checkcache()
