# The denied package is made loaded, and a child asked for.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import sys
import types

shell = types.ModuleType("ctypes")
shell.__path__ = []
sys.modules["ctypes"] = shell
del sys.modules["ctypes"]
from ctypes import CDLL as got
