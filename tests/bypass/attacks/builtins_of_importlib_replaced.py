# The globals of importlib name other builtins.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import builtins
import importlib._bootstrap_external as external
import sys

sys.modules.pop("colorsys", None)
evil = compile("import os as got", "x", "exec")
tag = sys.implementation.cache_tag
before = external.__dict__["__builtins__"]
external.__dict__["__builtins__"] = dict(
    builtins.__dict__, compile=lambda *args, **kwargs: evil)
sys.implementation.cache_tag = None
try:
    import colorsys
finally:
    external.__dict__["__builtins__"] = before
    sys.implementation.cache_tag = tag
got = colorsys.got
