# faulthandler writes where each thread stands.
# SPDX-License-Identifier: Apache-2.0
import faulthandler
import tempfile
import threading

with tempfile.TemporaryFile() as file:
    faulthandler.enable(file)
    ready = threading.Event()
    thread = threading.Thread(target=ready.wait)
    thread.start()
    faulthandler.dump_traceback(file, all_threads=True)
    faulthandler.dump_traceback_later(100, file=file)
    faulthandler.cancel_dump_traceback_later()
    faulthandler.disable()
    ready.set()
    thread.join()
    file.seek(0)
    got = b"plugin.py" in file.read()
assert got
