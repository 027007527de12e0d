# The program's loop reads for a plugin, and calls what is bare.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib
import tempfile
import sys

found = []
names = map(found.append, map(importlib.import_module, ["os"]))
read, write = sys.modules["random"]._os.pipe() if False else (None, None)


def meet(loop, pool, done, work):
    import multiprocessing.connection as connection
    global ends
    ends = connection.Pipe()
    ends[1].send_bytes(b"x")
    loop.add_reader(ends[0].fileno(), functools.partial(next, names, None))


got = found
