# An executor's thread calls import_module, and nothing else.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(1) as pool:
    got = pool.submit(importlib.import_module, "os").result()
