# A package made up in memory has the extensions for its path.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib.machinery
import sys
import types

spec = importlib.machinery.PathFinder.find_spec("_ctypes")
package = types.ModuleType("harmless")
package.__path__ = [spec.origin.rpartition("/")[0]]
sys.modules["harmless"] = package
import harmless._posixsubprocess as got
