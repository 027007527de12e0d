# The unpickler that is written in Python finds a class.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import io
import pickle

got = pickle._Unpickler(io.BytesIO(b"\x80\x04cos\nsystem\n.")).load()
