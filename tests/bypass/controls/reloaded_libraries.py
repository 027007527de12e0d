# Modules of the standard library are reloaded, or taken out and loaded again.
# SPDX-License-Identifier: Apache-2.0
import glob
import gettext
import importlib
import shutil
import sys

assert importlib.reload(glob) is glob
assert importlib.reload(gettext) is gettext
for name in ("shutil", "tempfile", "fnmatch", "random"):
    sys.modules.pop(name, None)
import random
import shutil
import tempfile
with tempfile.TemporaryDirectory() as folder:
    got = shutil.disk_usage(folder).total > 0
assert got and random.random() < 1
