# A function of the plugin's gets the code of a library's function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import uuid

found = []


def hasattr(thing, name):
    found.append(thing)
    return False


def find():
    pass


find.__code__ = uuid._arp_getnode.__code__
find()
got = found[0]
