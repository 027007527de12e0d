# A finalizer runs when its object goes.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import weakref


class Owner:
    pass


found = []
owner = Owner()
weakref.finalize(owner, lambda: found.append(__import__("os")))
del owner
got = found[0]
