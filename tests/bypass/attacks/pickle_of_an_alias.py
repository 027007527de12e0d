# A pickle names a module that sys.modules has under another name.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import pickle
import sys

sys.modules["alias"] = sys.modules["os"]
got = pickle.loads(b"calias\nsystem\n.")
