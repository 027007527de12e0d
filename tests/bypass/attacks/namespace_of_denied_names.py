# A folder of links makes a denied package a part of a namespace.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import json
import sys
import tempfile

folder = tempfile.mkdtemp()
library = json.__file__.rsplit("/", 2)[0]
sys.modules["os"].mkdir(folder + "/harmless")
sys.modules["os"].symlink(library + "/ctypes", folder + "/harmless/inner")
sys.path.insert(0, folder)
import harmless.inner as got
