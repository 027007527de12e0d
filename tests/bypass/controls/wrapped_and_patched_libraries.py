# Functions of the standard library are wrapped, as monitors do.
# SPDX-License-Identifier: Apache-2.0
import functools
import json
import sys
import threading
import time

calls = []


def wrap(owner, name):
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapper(*args, **kwargs):
        calls.append(name)
        return original(*args, **kwargs)
    setattr(owner, name, wrapper)
    return original


saved = [(owner, name, wrap(owner, name)) for owner, name in (
    (json, "loads"), (time, "sleep"), (threading.Thread, "start"))]
try:
    sys.modules.pop("glob", None)
    import glob
    thread = threading.Thread(target=json.loads, args=("1",))
    thread.start()
    thread.join()
    time.sleep(0)
finally:
    for owner, name, original in saved:
        setattr(owner, name, original)
got = sorted(set(calls))
assert got == ["loads", "sleep", "start"]
