# importlib has a way for loaders that are old.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib._bootstrap as bootstrap
import sys
import warnings
from importlib.machinery import PathFinder

warnings.simplefilter("ignore")
sys.modules.pop("socket", None)
got = bootstrap._load_backward_compatible(PathFinder.find_spec("socket"))
