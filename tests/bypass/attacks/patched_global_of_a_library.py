# A library's own globals get a hasattr that is the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import uuid

found = []


def grab(thing, name):
    found.append(thing)
    return False


uuid.hasattr = grab
uuid._arp_getnode()
got = found[0]
