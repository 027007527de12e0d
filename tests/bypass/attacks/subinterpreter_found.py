# An interpreter is made with no frame and found in the list of all.
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
before = {str(one) for one in interpreters.list_all()}
_thread.start_new_thread(interpreters.create, ())
other = None
for _ in range(200):
    new = [one for one in interpreters.list_all() if str(one) not in before]
    if new:
        other = new[0]
        break
    time.sleep(0.01)
other = other[0] if isinstance(other, tuple) else other
time.sleep(0.2)


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
