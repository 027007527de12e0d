# pickle restores what it has stored.
# SPDX-License-Identifier: Apache-2.0
import collections
import pickle

one = collections.OrderedDict(a=1)
got = pickle.loads(pickle.dumps(one))
assert got == one
