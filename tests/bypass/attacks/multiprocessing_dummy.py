# multiprocessing.dummy has threads for processes.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
from multiprocessing import dummy

found = []
process = dummy.Process(target=found.extend,
                        args=(map(importlib.import_module, ["os"]),))
process.start()
process.join()
got = found[0]
