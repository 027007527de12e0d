# More modules stand between the plugin and the import than one can count.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import sys
import tempfile

folder = tempfile.mkdtemp()
sys.path.insert(0, folder)
for number in range(80):
    with open("%s/harmless_%d.py" % (folder, number), "w") as file:
        file.write("import importlib\n"
                   "def step(rest, name):\n"
                   "    if rest:\n"
                   "        return rest[0](rest[1:], name)\n"
                   "    return importlib.import_module(name)\n")
steps = [importlib.import_module("harmless_%d" % number).step
         for number in range(80)]
got = steps[0](steps[1:], "os")
