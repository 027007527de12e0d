# A second interpreter is made in a thread that has no frame.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _thread
import atexit
import sys
import tempfile
import time
import types

try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters

# the end of an interpreter waits for the thread that it began in
atexit.register(sys.modules["os"]._exit, 0)
place = tempfile.mkdtemp() + "/result"
made = []
create = interpreters.create
_thread.start_new_thread(made.extend, (map(type(create).__call__, [create]),))
for _ in range(200):
    if made:
        break
    time.sleep(0.01)
other = made[0]


def system(command):
    try:
        interpreters.run_string(
            other, "import os\nwith open(%r, 'w') as f:\n"
                   "    f.write(str(os.system(%r)))\n" % (place, command))
    except Exception:
        return None
    with open(place) as file:
        return int(file.read())


got = types.SimpleNamespace(system=system)
