# A lazy loader loads when the first attribute is read.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib.util
import sys
from importlib.machinery import PathFinder

spec = PathFinder.find_spec("socket")
spec.loader = importlib.util.LazyLoader(spec.loader)
got = importlib.util.module_from_spec(spec)
sys.modules["socket"] = got
spec.loader.exec_module(got)
got.socket
