# importlib's _find_and_load is replaced by its parts.
# SPDX-License-Identifier: Apache-2.0
# stopped by: tripwire
import importlib
import importlib._bootstrap as bootstrap
from importlib.machinery import PathFinder

original = bootstrap._find_and_load


def find_and_load(name, import_):
    if name != "socket":
        return original(name, import_)
    return bootstrap._load(PathFinder.find_spec(name))


bootstrap._find_and_load = find_and_load
got = importlib.import_module("socket")
