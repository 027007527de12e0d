# The hook for exceptions that nobody can catch imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import sys

found = []


class Broken:
    def __del__(self):
        raise ValueError


def hook(unraisable):
    import os
    found.append(os)


sys.unraisablehook = hook
Broken()
sys.unraisablehook = sys.__unraisablehook__
got = found[0]
