# What a spawned process takes for a library is a file of the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import multiprocessing
import pathlib

for name in ("_stockade", "stockade", "signal", "selectors", "tempfile",
             "multiprocessing/__init__"):
    path = pathlib.Path.cwd() / (name + ".py")
    path.parent.mkdir(exist_ok=True)
    path.write_text("import os\nos.system('echo > proof')\n")
if __name__ == "plugin":
    process = multiprocessing.get_context("spawn").Process(
        target=abs, args=(1,))
    process.start()
    process.join()
got = None
