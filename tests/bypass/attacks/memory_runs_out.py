# Memory runs out once, at each place that the guard may ask for some.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys

from _testcapi import remove_mem_hooks, set_nomemory

found = []


def take():
    import os
    found.append(os)


for at in range(1, 400):
    try:
        set_nomemory(at, at + 1)
        take()
    except BaseException:
        pass
    finally:
        remove_mem_hooks()
got = found
