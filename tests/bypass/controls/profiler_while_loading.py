# A profile function counts calls while libraries are loaded.
# SPDX-License-Identifier: Apache-2.0
# does: introspection
import sys

calls = []
for name in ("glob", "gettext", "colorsys"):
    sys.modules.pop(name, None)
sys.setprofile(lambda frame, event, argument: calls.append(event))
import colorsys
import gettext
import glob
sys.setprofile(None)
got = "call" in calls
assert got
