# sys.modules gets another builtins.
# SPDX-License-Identifier: Apache-2.0
# stopped by: tripwire
import importlib._bootstrap
import sys
import types

other = types.ModuleType("builtins")
other.__dict__.update(sys.modules["builtins"].__dict__)
other.__import__ = importlib._bootstrap.__import__
sys.modules["builtins"] = other
space = {"__builtins__": other}
exec("import socket as got", space)
got = space["got"]
