# The finders on sys.meta_path are replaced by CPython's own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import sys
from _frozen_importlib import BuiltinImporter
from _frozen_importlib_external import PathFinder

sys.meta_path[:] = [BuiltinImporter, PathFinder]
import socket as got
