# find_class of an unpickler is called by itself.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import io
import pickle

got = pickle.Unpickler(io.BytesIO()).find_class("posix", "system")
