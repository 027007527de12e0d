# builtins.__import__ is deleted and set to the one of importlib.
# SPDX-License-Identifier: Apache-2.0
# stopped by: tripwire
import builtins
import importlib._bootstrap as bootstrap

del builtins.__import__
builtins.__import__ = bootstrap.__import__
import socket as got
