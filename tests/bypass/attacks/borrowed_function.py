# A library's function runs in globals where hasattr is the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import types
import uuid

found = []


def grab(thing, name):
    found.append(thing)
    return False


types.FunctionType(uuid._arp_getnode.__code__,
                   {"hasattr": grab, "__builtins__": __builtins__})()
got = found[0]
