# importlib's __import__ is written into the namespace of builtins.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import builtins
import importlib

builtins.__dict__["__import__"] = importlib.__import__
import os as got
