# A callback of sys.monitoring runs inside a trusted function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json
import sys

found = []


def call(*args):
    sys.monitoring.set_events(3, 0)
    import os
    found.append(os)


monitoring = sys.monitoring
monitoring.use_tool_id(3, "x")
monitoring.register_callback(3, monitoring.events.PY_START, call)
monitoring.set_events(3, monitoring.events.PY_START)
json.loads("1")
got = found[0]
