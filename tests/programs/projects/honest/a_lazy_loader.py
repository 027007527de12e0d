# SPDX-License-Identifier: Apache-2.0
import importlib.util
import sys

spec = importlib.util.find_spec("work")
spec.loader = importlib.util.LazyLoader(spec.loader)
module = importlib.util.module_from_spec(spec)
sys.modules["work"] = module
spec.loader.exec_module(module)
print(module.root(9))
