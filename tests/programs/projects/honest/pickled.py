# SPDX-License-Identifier: Apache-2.0
import collections
import copy
import decimal
import pickle

import work

Point = collections.namedtuple("Point", "x y")
for thing in [work.root, Point(1, 2), decimal.Decimal("1.5"), collections.OrderedDict(a=1)]:
    print(pickle.loads(pickle.dumps(thing)), copy.deepcopy(thing))
