# A listener of logging handles records in its own thread.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import logging
import logging.handlers
import queue

found = []


class Handler(logging.Handler):
    handle = staticmethod(lambda record: found.extend(
        map(importlib.import_module, [record])))


records = queue.Queue()
listener = logging.handlers.QueueListener(records, Handler())
listener.start()
records.put("os")
listener.stop()
got = found[0]
