# A library's function is executed as if it were a body.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import uuid

found = []


def grab(thing, name):
    found.append(thing)
    return False


exec(uuid._arp_getnode.__code__,
     {"hasattr": grab, "__builtins__": __builtins__})
got = found[0]
