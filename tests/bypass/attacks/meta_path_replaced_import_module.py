# The finders are replaced and import_module is asked.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib
import sys
from _frozen_importlib import BuiltinImporter
from _frozen_importlib_external import PathFinder

sys.meta_path[:] = [BuiltinImporter, PathFinder]
got = importlib.import_module("socket")
