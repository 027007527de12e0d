# PathFinder has the method of old finders.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import warnings
from importlib.machinery import PathFinder

warnings.simplefilter("ignore")
got = PathFinder.find_module("socket").load_module("socket")
