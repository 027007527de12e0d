# Code that was marshalled runs a command.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import marshal
import os

text = marshal.dumps(compile("os.system('echo > proof')", "x", "exec"))
got = eval(marshal.loads(text), {"os": os})
