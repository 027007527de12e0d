# A cached property is import_module, and its object a name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib


class Name(str):
    module = functools.cached_property(importlib.import_module)


got = Name("os").module
