# The server of multiprocessing preloads what the plugin names.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import multiprocessing
import multiprocessing.forkserver
import pathlib
import sys

folder = pathlib.Path.cwd()
(folder / "preloaded_x.py").write_text(
    "import os\nos.system('echo > proof')\n")
sys.path.insert(0, str(folder))
context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["preloaded_x"])
if __name__ == "plugin":
    process = context.Process(target=abs, args=(1,))
    process.start()
    process.join()
got = None
