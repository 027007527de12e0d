# A trace function runs inside a trusted function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import json
import sys

found = []


def trace(frame, event, argument):
    sys.settrace(None)
    import os
    found.append(os)


sys.settrace(trace)
json.loads("1")
sys.settrace(None)
got = found[0]
