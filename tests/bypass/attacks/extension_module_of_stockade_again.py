# The guard's own extension is dropped and loaded once more.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import gc
import sys

for name in [n for n in sys.modules if "stockade" in n]:
    vars(sys.modules.pop(name)).clear()
gc.collect()
try:
    import stockade
except Exception:
    pass
import os as got
