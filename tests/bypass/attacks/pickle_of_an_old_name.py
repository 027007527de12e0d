# A pickle of Python 2 names a module that is another one now.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import pickle

got = pickle.loads(b"ccommands\nPopen\n.")
