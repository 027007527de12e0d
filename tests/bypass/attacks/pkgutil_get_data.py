# pkgutil loads a package for the data beside it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import pkgutil
import sys

try:
    pkgutil.get_data("ctypes", "nothing")
except OSError:
    pass
got = sys.modules.get("ctypes")
