# Objects of the plugin's modules are pickled, copied and restored.
# SPDX-License-Identifier: Apache-2.0
import copy
import copyreg
import pathlib
import pickle
import sys
import tempfile

folder = pathlib.Path(tempfile.mkdtemp())
(folder / "own_shapes.py").write_text(
    "class Shape:\n"
    "    def __init__(self, side):\n        self.side = side\n"
    "    def __eq__(self, other):\n        return self.side == other.side\n"
    "class Slotted:\n    __slots__ = ('value',)\n")
sys.path.insert(0, str(folder))
import own_shapes

copyreg.pickle(own_shapes.Slotted, lambda thing: (own_shapes.Slotted, ()))
text = pickle.dumps([own_shapes.Shape(2), own_shapes.Slotted()])
del sys.modules["own_shapes"]
got = pickle.loads(text)[0].side
assert got == 2
assert copy.deepcopy(own_shapes.Shape(1)) == own_shapes.Shape(1)
