# importlib's own trampoline calls import_module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import importlib._bootstrap

got = importlib._bootstrap._call_with_frames_removed(
    importlib.import_module, "os")
