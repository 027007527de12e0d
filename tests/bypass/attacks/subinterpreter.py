# A second interpreter runs a string for the plugin.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import tempfile
import types

try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters

place = tempfile.mkdtemp() + "/result"
other = interpreters.create()


def system(command):
    interpreters.run_string(
        other, "import os\nwith open(%r, 'w') as f:\n"
               "    f.write(str(os.system(%r)))\n" % (place, command))
    with open(place) as file:
        return int(file.read())


system("true")
got = types.SimpleNamespace(system=system)
