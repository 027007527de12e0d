# The function of a loader stays, and gets other code.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import sys

sys.modules.pop("colorsys", None)
function = external.SourceLoader.get_code
code = function.__code__
function.__code__ = (
    lambda self, name: compile("import os as got", "x", "exec")).__code__
try:
    import colorsys
finally:
    function.__code__ = code
got = colorsys.got
