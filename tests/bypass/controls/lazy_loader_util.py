# A module is loaded when it is first used.
# SPDX-License-Identifier: Apache-2.0
import importlib.util
import sys

spec = importlib.util.find_spec("colorsys")
spec.loader = importlib.util.LazyLoader(spec.loader)
module = importlib.util.module_from_spec(spec)
sys.modules["colorsys"] = module
spec.loader.exec_module(module)
got = module.rgb_to_hsv(1, 1, 1)
assert got[2] == 1
