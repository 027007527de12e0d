# importlib's inner _exec is given a spec and a module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib._bootstrap as bootstrap
import sys
import types
from importlib.machinery import PathFinder

spec = PathFinder.find_spec("socket")
got = bootstrap.module_from_spec(spec)
saved = sys.modules.get("socket")
sys.modules["socket"] = got
try:
    bootstrap._exec(spec, got)
finally:
    sys.modules["socket"] = saved or got
