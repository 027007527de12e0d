# A dotted text is imported part by part, as frameworks do.
# SPDX-License-Identifier: Apache-2.0
import importlib


def import_string(dotted):
    path, _, name = dotted.rpartition(".")
    module = __import__(path, None, None, [name])
    return getattr(module, name)


def import_longest(dotted):
    parts = dotted.split(".")
    for n in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:n]))
        except ModuleNotFoundError:
            continue
        for part in parts[n:]:
            found = getattr(found, part)
        return found


first = import_string("xml.dom.minidom.parseString")
second = import_longest("collections.OrderedDict.fromkeys")
got = first("<a/>").documentElement.tagName, list(second("ab"))
assert got == ("a", ["a", "b"])
