# A second interpreter starts a thread that runs a string.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import tempfile
import time
import types

try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters

place = tempfile.mkdtemp() + "/result"
other = interpreters.create()


def system(command):
    interpreters.run_string(
        other, "import threading\n"
               "text = 'import os\\nwith open(%s, \"w\") as f:\\n"
               "    f.write(str(os.system(%s)))\\n'\n"
               "thread = threading.Thread(target=exec, args=(text,))\n"
               "thread.start()\nthread.join()\n"
               % (('"%s"' % place), ('"%s"' % command)))
    with open(place) as file:
        return int(file.read())


system("true")
got = types.SimpleNamespace(system=system)
