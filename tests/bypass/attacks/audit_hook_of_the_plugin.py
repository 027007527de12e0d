# The plugin's own audit hook runs while a library loads.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import sys

found = []


def hook(event, args):
    if event == "import" and not found:
        found.append(None)
        found[0] = __import__("os")


sys.addaudithook(hook)
sys.modules.pop("colorsys", None)
try:
    import colorsys
except ImportError:
    pass
got = found[0]
