# copy restores an object by calling import_module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import copy
import importlib


class Odd:
    def __reduce_ex__(self, protocol):
        return importlib.import_module, ("os",)


got = copy.copy(Odd())
