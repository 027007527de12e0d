# Code out of a string runs a command, and calls itself json.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import json
import os

space = dict(vars(json), os=os)
exec("def run():\n    return os.system('echo > proof')\n", space)
got = next(map(lambda run: run(), [space["run"]]))
