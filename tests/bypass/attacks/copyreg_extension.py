# An extension code of pickle stands for a denied function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import copyreg
import pickle

copyreg.add_extension("os", "system", 0xf0)
got = pickle.loads(b"\x80\x02\x82\xf0.")
