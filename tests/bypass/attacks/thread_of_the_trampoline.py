# A thread starts with importlib's own trampoline.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import importlib._bootstrap
import threading

found = []
thread = threading.Thread(
    target=importlib._bootstrap._call_with_frames_removed,
    args=(found.extend, map(importlib.import_module, ["os"])))
thread.start()
thread.join()
got = found[0]
