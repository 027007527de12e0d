# An empty module of a denied name is reloaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib
import sys
import types
from importlib.machinery import ModuleSpec

shell = types.ModuleType("socket")
shell.__spec__ = ModuleSpec("socket", None)
sys.modules["socket"] = shell
got = importlib.reload(shell)
