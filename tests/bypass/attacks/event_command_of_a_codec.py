# The program looks for a codec, and a bare function runs a command.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import codecs
import functools
import os

bare = functools.partial(next, map(os.system, ["echo > proof"]))
codecs.register(bare)
got = None
then = ["codec"]
