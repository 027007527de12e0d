# Imports stand in branches and functions.
# SPDX-License-Identifier: Apache-2.0
import sys

if sys.version_info >= (3, 0):
    import json
else:
    import simplejson as json


def later():
    from string import ascii_letters
    import xml.etree.ElementTree as tree
    return ascii_letters, tree.fromstring("<a/>").tag


got = later()
assert got[1] == "a"
