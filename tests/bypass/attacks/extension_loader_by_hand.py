# An extension is loaded by a loader made by hand, under its own name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib.util
from importlib.machinery import ExtensionFileLoader, PathFinder

origin = PathFinder.find_spec("_posixsubprocess").origin
spec = importlib.util.spec_from_file_location(
    "_posixsubprocess", origin,
    loader=ExtensionFileLoader("_posixsubprocess", origin))
got = importlib.util.module_from_spec(spec)
spec.loader.exec_module(got)
