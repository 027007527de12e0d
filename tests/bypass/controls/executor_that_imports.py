# Functions in an executor import what they may.
# SPDX-License-Identifier: Apache-2.0
import importlib
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(2) as pool:
    modules = list(pool.map(importlib.import_module,
                            ["colorsys", "string", "json.tool"]))
got = [module.__name__ for module in modules]
