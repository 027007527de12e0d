# importlib's inner _load is given a spec that PathFinder found.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib._bootstrap
from importlib.machinery import PathFinder

got = importlib._bootstrap._load(PathFinder.find_spec("socket"))
