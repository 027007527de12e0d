# The builtin str takes one path for another.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import builtins
import sys
import tempfile

path = tempfile.mkdtemp() + "/evil.py"
with open(path, "w") as file:
    file.write("import os as got\n")
sys.modules.pop("colorsys", None)
real = str


class Kind(type):
    def __instancecheck__(cls, thing):
        return isinstance(thing, real)


class Other(real, metaclass=Kind):
    def __new__(cls, thing="", *rest):
        text = real(thing, *rest)
        if text.endswith("/colorsys.py"):
            return path
        return "/nowhere" if "/colorsys." in text else text


builtins.str = Other
try:
    import colorsys
finally:
    builtins.str = real
got = colorsys.got
