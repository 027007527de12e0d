# An extension is copied to another folder and loaded as part of a package.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib.util
import shutil
import tempfile
from importlib.machinery import ExtensionFileLoader, PathFinder

origin = PathFinder.find_spec("_ctypes").origin
copy = tempfile.mkdtemp() + "/_ctypes.so"
shutil.copy(origin, copy)
spec = importlib.util.spec_from_file_location(
    "harmless._ctypes", copy,
    loader=ExtensionFileLoader("harmless._ctypes", copy))
got = importlib.util.module_from_spec(spec)
spec.loader.exec_module(got)
