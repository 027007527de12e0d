# A filter of warnings has import_module for a pattern.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import sys
import types
import warnings

sys.modules.pop("socket", None)
warnings.filters.insert(0, (
    "ignore", types.SimpleNamespace(match=importlib.import_module),
    Warning, None, 0))
try:
    warnings.warn("socket")
finally:
    del warnings.filters[0]
got = sys.modules["socket"]
