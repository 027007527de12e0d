# A finder written in C runs a command while the host imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import functools
import os
import sys
import types
from collections import defaultdict

once = functools.partial(os.system, "echo > proof")
sink = types.SimpleNamespace(write=defaultdict(once).__getitem__)
sys.meta_path.insert(1, types.SimpleNamespace(
    find_spec=functools.partial(print, file=sink)))
got = None


def meet(*args):
    pass
