# The builtin compile gives the plugin's code for a library's source.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import builtins
import sys

sys.modules.pop("colorsys", None)
evil = compile("import os as got", "x", "exec")
saved = builtins.compile, sys.implementation.cache_tag
builtins.compile = lambda *args, **kwargs: evil
sys.implementation.cache_tag = None
try:
    import colorsys
finally:
    builtins.compile, sys.implementation.cache_tag = saved
got = colorsys.got
