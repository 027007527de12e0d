# A profile function runs inside a trusted function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import json
import sys

found = []


def profile(frame, event, argument):
    sys.setprofile(None)
    import os
    found.append(os)


sys.setprofile(profile)
json.loads("1")
sys.setprofile(None)
got = found[0]
