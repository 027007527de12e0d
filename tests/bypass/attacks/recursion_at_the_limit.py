# The import stands where hardly any recursion is left.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import sys

found = []


def dive():
    try:
        dive()
    except RecursionError:
        pass
    try:
        import os
        found.append(os)
    except (ImportError, RecursionError):
        pass


sys.setrecursionlimit(150)
dive()
got = found[0]
