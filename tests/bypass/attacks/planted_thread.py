# A finder written in C starts a thread that imports, while the host imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _thread
import functools
import sys
import time
import types
from collections import defaultdict

got = []
once = functools.partial(
    _thread.start_new_thread, got.extend, (map(__import__, ["socket"]),))
sink = types.SimpleNamespace(write=defaultdict(once).__getitem__)
sys.meta_path.insert(1, types.SimpleNamespace(
    find_spec=functools.partial(print, file=sink)))


def meet(*args):
    time.sleep(0.3)
