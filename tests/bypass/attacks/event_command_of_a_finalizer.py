# An object that is collected runs a command.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import os
import weakref


class Thing:
    pass


got = Thing()
weakref.finalize(got, os.system, "echo > proof")
got = None
