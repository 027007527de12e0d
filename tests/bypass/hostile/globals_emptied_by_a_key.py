# A key of the globals takes the package's name away while it is read.
# SPDX-License-Identifier: Apache-2.0
import gc


class Key(str):
    name = None

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        space.pop("__name__", None)
        space.pop("__package__", None)
        space.pop("__spec__", None)
        gc.collect()
        return False


for name in ("__path__", "__spec__", "__package__", "__name__"):
    Key.name = name
    space = {Key("k"): 1}
    if name != "__name__":
        space["__name__"] = "json." + "x" * 50 + str(id(space))
    try:
        __import__("tool", space, None, (), 1)
    except Exception:
        pass
got = 1
