# The code of a library's function is replaced.
# SPDX-License-Identifier: Apache-2.0
# stopped by: events
# policy: events.ini
import json


def ours(*args, **kwargs):
    return "ours"


got = json.dumps
json.dumps.__code__ = ours.__code__
assert json.dumps(1) == "ours"
open("proof", "w").close()
