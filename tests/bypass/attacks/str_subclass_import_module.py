# A str subclass with the hash of another name goes to import_module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib


class Name(str):
    __slots__ = ()

    def __hash__(self):
        return hash("sys")

    def __eq__(self, other):
        return other == "os" or str.__eq__(self, other)


got = importlib.import_module(Name("socket"))
