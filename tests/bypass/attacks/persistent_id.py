# A pickle asks import_module for what is persistent.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import io
import pickle


class Reader(pickle.Unpickler):
    persistent_load = staticmethod(importlib.import_module)


got = Reader(io.BytesIO(b"Pos\n.")).load()
