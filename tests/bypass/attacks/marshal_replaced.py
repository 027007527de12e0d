# marshal.loads gives the plugin's code to whoever reads a compiled file.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import marshal
import sys

sys.modules.pop("colorsys", None)
evil = compile("import os as got", "x", "exec")
loads = marshal.loads
marshal.loads = lambda data: evil
try:
    import colorsys
finally:
    marshal.loads = loads
got = colorsys.got
