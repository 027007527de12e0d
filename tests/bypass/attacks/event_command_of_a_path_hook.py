# The import system calls a path hook that runs a command.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import os
import sys

sys.path_hooks.insert(0, os.system)
sys.path.insert(0, "echo > proof")
try:
    import nothing_of_the_kind
except ImportError:
    got = None
