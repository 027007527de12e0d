# breakpoint() calls import_module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import sys

hook, sys.breakpointhook = sys.breakpointhook, importlib.import_module
try:
    got = breakpoint("os")
finally:
    sys.breakpointhook = hook
