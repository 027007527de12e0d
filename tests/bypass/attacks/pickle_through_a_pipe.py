# A pipe of multiprocessing brings a pickle that names a function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
from multiprocessing import Pipe

one, other = Pipe()
one.send_bytes(b"cos\nsystem\n.")
got = other.recv()
