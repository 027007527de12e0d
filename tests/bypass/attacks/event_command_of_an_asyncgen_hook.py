# The program begins a generator, and a bare hook runs a command.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import functools
import os
import sys

bare = functools.partial(next, map(os.system, ["echo > proof"]))
sys.set_asyncgen_hooks(bare)
got = None
then = ["generator"]
