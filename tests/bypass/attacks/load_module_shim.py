# importlib has a load_module for loaders that have none.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib._bootstrap as bootstrap
import sys
import warnings
from importlib.machinery import PathFinder

warnings.simplefilter("ignore")
sys.modules.pop("socket", None)
loader = PathFinder.find_spec("socket").loader
got = bootstrap._load_module_shim(loader, "socket")
