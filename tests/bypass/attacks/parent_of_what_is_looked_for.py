# importlib loads a denied package, to look for a module in it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib.util
import sys

importlib.util.find_spec("ctypes.util")
got = sys.modules.get("ctypes")
