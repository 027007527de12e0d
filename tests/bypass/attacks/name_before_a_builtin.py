# A name in the globals of importlib hides a builtin.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import sys

sys.modules.pop("colorsys", None)
evil = compile("import os as got", "x", "exec")
tag = sys.implementation.cache_tag
external.compile = lambda *args, **kwargs: evil
sys.implementation.cache_tag = None
try:
    import colorsys
finally:
    del external.compile
    sys.implementation.cache_tag = tag
got = colorsys.got
