# The program forks, and a bare function runs a command.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import functools
import os

bare = functools.partial(next, map(os.system, ["echo > proof"]), None)
os.register_at_fork(before=bare)
got = None
then = ["fork"]
