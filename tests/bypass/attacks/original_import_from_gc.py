# The collector still knows CPython's own __import__.
# SPDX-License-Identifier: Apache-2.0
# stopped by: tripwire
import builtins
import gc

for thing in gc.get_objects():
    if (type(thing).__name__ == "builtin_function_or_method"
            and thing.__name__ == "__import__"
            and thing is not builtins.__import__):
        builtins.__import__ = thing
import os as got
