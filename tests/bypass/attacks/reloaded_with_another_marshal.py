# A library is reloaded while marshal gives the plugin's code.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import colorsys
import importlib
import marshal

evil = compile("import os as got", colorsys.__file__, "exec")
loads = marshal.loads
marshal.loads = lambda data: evil
try:
    importlib.reload(colorsys)
finally:
    marshal.loads = loads
got = colorsys.got
