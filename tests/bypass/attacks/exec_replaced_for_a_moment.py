# builtins.exec is another function when importlib calls it, and itself again when anybody looks.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import builtins
import functools
import json
import operator
import sys

path = json.__file__.rsplit("/", 2)[0] + "/colorsys.py"
body = compile("import sys\nimport os\nsys.left_behind = os\n", path, "exec")
spaces = map(vars, map(sys.modules.__getitem__, ["colorsys"]))
back = functools.partial(dict.__setitem__, vars(builtins), "exec", exec)
run = functools.partial(any, map(exec, [body], spaces))


def hook(event, args):
    if event == "open" and "colorsys" in str(args[0]):
        # functions in C all of them, so that no frame of ours is there
        builtins.exec = functools.partial(min, back, run, key=operator.methodcaller("__call__"))


sys.modules.pop("colorsys", None)
sys.addaudithook(hook)
try:
    import colorsys
except (AttributeError, ImportError, TypeError):
    pass
got = getattr(sys, "left_behind", None)
