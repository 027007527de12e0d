# An extension is copied into a package of the plugin's and imported there.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import shutil
import sys
import tempfile
from importlib.machinery import PathFinder

origin = PathFinder.find_spec("_posixsubprocess").origin
folder = tempfile.mkdtemp()
sys.modules["os"].mkdir(folder + "/harmless")
shutil.copy(origin, folder + "/harmless/_posixsubprocess.so")
sys.path.insert(0, folder)
from harmless import _posixsubprocess as got
