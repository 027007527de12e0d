# A library's function with a relative import runs in another package.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import multiprocessing.process
import sys
import types

function = multiprocessing.process.BaseProcess._after_fork
sys.modules.pop("ctypes", None)
try:
    types.FunctionType(function.__code__, {
        "__package__": "ctypes", "__name__": "ctypes.harmless",
        "__builtins__": __builtins__})()
except AttributeError:
    pass
got = sys.modules["ctypes"]
