# builtins.memoryview gives importlib the bytes of other code, once.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import builtins
import json
import marshal
import sys

path = json.__file__.rsplit("/", 2)[0] + "/colorsys.py"
other = marshal.dumps(compile("import os\ngot = os\n", path, "exec"))
kept = memoryview, compile


def view(data):
    builtins.memoryview, builtins.compile = kept
    return kept[0](bytes(16) + other)


def made(source, path, *args, **kwargs):
    builtins.memoryview, builtins.compile = kept
    return kept[1]("import os\ngot = os\n", path, "exec")


def hook(event, args):
    if event == "open" and "colorsys" in str(args[0]):
        builtins.memoryview, builtins.compile = view, made


sys.modules.pop("colorsys", None)
sys.addaudithook(hook)
try:
    import colorsys
finally:
    builtins.memoryview, builtins.compile = kept
got = getattr(colorsys, "got", None)
