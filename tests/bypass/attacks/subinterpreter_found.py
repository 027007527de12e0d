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


def found():
    """Up to 3.10 it is gone with the thread, unless somebody has it."""
    _thread.start_new_thread(interpreters.create, ())
    end = time.monotonic() + 2
    while time.monotonic() < end:
        for one in interpreters.list_all():
            if str(one) not in before:
                return one
        time.sleep(0)


other = None
for _ in range(5):
    other = other or found()
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
