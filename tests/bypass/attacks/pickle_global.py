# A pickle names a function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import pickle

got = pickle.loads(b"cos\nsystem\n.")
