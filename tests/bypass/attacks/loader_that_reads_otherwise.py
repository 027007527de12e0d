# The loader that importlib has found has a get_data() of its own, once.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import gc
import sys


def loaders():
    return [one for one in gc.get_objects()
            if type(one).__name__ == "SourceFileLoader" and one.name == "colorsys"]


def other(path):
    if path.endswith("c"):
        raise OSError("nor such a one")
    for loader in loaders():
        vars(loader).pop("get_data", None)
    return b"import os\ngot = os\n"


def hook(event, args):
    if event == "open" and "colorsys" in str(args[0]) and str(args[0]).endswith("c"):
        for loader in loaders():
            loader.get_data = other
        raise OSError("there is no such file")


sys.modules.pop("colorsys", None)
sys.addaudithook(hook)
import colorsys
got = getattr(colorsys, "got", None)
