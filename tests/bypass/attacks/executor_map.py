# An executor maps import_module over names.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(2) as pool:
    got = list(pool.map(importlib.import_module, ["json", "socket"]))[1]
