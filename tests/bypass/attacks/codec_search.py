# A search function for codecs imports.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import codecs

found = []


def search(name):
    if name == "harmless":
        found.append(__import__("os"))


codecs.register(search)
try:
    "x".encode("harmless")
except LookupError:
    pass
got = found[0]
