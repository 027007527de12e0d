# pickle stores objects of many modules.
# SPDX-License-Identifier: Apache-2.0
import collections
import datetime
import decimal
import fractions
import pickle
import uuid

things = [datetime.datetime(2020, 1, 1), decimal.Decimal("1.5"),
          fractions.Fraction(1, 3), uuid.UUID(int=5),
          collections.Counter("aab"), ValueError("x"), len, dict]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    again = pickle.loads(pickle.dumps(things, protocol))
    assert repr(again) == repr(things)
got = len(things)
