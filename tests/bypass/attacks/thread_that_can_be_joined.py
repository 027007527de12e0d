# A thread that can be joined starts with import_module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _thread
import functools
import importlib

got = []
_thread.start_joinable_thread(functools.partial(
    got.extend, map(importlib.import_module, ["os"]))).join()
