# What importlib reads files with is replaced.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import io
import sys
import _io

original = _io.open_code
sys.modules.pop("colorsys", None)
sys.dont_write_bytecode = True
sys.pycache_prefix = "/nowhere"
_io.open_code = lambda path: io.BytesIO(b"import os as got\n")
try:
    import colorsys
finally:
    _io.open_code = original
got = colorsys.got
