# A process that multiprocessing has spawned imports a file that the plugin has written.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import multiprocessing
import pathlib

(pathlib.Path.cwd() / "written_now.py").write_text(
    "import os\nos.system('echo > proof')\n")
context = multiprocessing.get_context("spawn")
if __name__ == "plugin":
    with context.Pool(1) as pool:
        try:
            pool.apply(eval, ("__import__('written_now') and 1",))
        except Exception:
            pass
got = None
