# A shelf holds a pickle that names a function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import shelve

shelf = shelve.Shelf({b"key": b"cos\nsystem\n."})
got = shelf["key"]
