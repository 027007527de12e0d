# The initializer of an executor's threads imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
from concurrent.futures import ThreadPoolExecutor

found = []
with ThreadPoolExecutor(
        1, initializer=found.extend,
        initargs=(map(importlib.import_module, ["os"]),)) as pool:
    pool.submit(int).result()
got = found[0]
