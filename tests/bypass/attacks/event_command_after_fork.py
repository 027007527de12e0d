# The program starts a process, and a bare function runs a command there.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import functools
import multiprocessing.util
import os

bare = functools.partial(next, map(os.system, ["echo > proof"]))
multiprocessing.util.register_after_fork(bare, bare)
got = None
then = ["process"]
