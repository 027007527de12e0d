# The marshal of importlib is a namespace of the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import sys
import types

sys.modules.pop("colorsys", None)
evil = compile("import os as got", "x", "exec")
marshal = external.marshal
external.marshal = types.SimpleNamespace(
    loads=lambda data: evil, dumps=marshal.dumps)
try:
    import colorsys
finally:
    external.marshal = marshal
got = colorsys.got
