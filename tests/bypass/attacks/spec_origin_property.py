# The file of a spec is another one when it is asked for again.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import _imp
from importlib.machinery import PathFinder

denied = PathFinder.find_spec("_posixsubprocess").origin
allowed = PathFinder.find_spec("_json").origin


class Spec:
    loader = None

    def __init__(self, names, origins):
        self.names = names
        self.origins = origins

    @property
    def name(self):
        self.names -= 1
        return "_json" if self.names >= 0 else "_posixsubprocess"

    @property
    def origin(self):
        self.origins -= 1
        return allowed if self.origins >= 0 else denied


for names in range(4):
    for origins in range(4):
        try:
            module = _imp.create_dynamic(Spec(names, origins))
            _imp.exec_dynamic(module)
        except ImportError:
            continue
        if hasattr(module, "fork_exec"):
            got = module
