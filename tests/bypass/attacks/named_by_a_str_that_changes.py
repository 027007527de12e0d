# The name is a str whose methods answer as they like.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib


class Name(str):
    def __str__(self):
        return "json"

    def partition(self, sep):
        return "json", "", ""

    def rpartition(self, sep):
        return "", "", "json"

    def startswith(self, *args):
        return False


got = importlib.import_module(Name("os"))
