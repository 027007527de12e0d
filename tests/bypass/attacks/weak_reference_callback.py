# The callback of a weak reference imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import weakref


class Owner:
    pass


found = []
owner = Owner()
reference = weakref.ref(
    owner, lambda gone: found.append(functools.partial(__import__, "os")()))
del owner
got = found[0]
