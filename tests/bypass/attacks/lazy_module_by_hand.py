# A lazy module is put together by hand, and loads when it is read.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import threading
import types
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import _LazyModule

got = types.ModuleType("subprocess")
path = json.__file__.rsplit("/", 2)[0] + "/subprocess.py"
got.__spec__ = ModuleSpec(
    "subprocess", SourceFileLoader("subprocess", path), origin=path)
got.__spec__.loader_state = {
    "__dict__": dict(vars(got)), "__class__": types.ModuleType,
    "lock": threading.RLock(), "is_loading": False}
object.__setattr__(got, "__class__", _LazyModule)
got.Popen
