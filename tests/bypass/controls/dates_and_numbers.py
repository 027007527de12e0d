# Dates, decimals, statistics and random numbers are computed.
# SPDX-License-Identifier: Apache-2.0
import calendar
import datetime
import decimal
import random
import secrets
import statistics

assert datetime.datetime.strptime("2020-02-29", "%Y-%m-%d").day == 29
assert decimal.Decimal(1) / 3
assert len(secrets.token_hex(4)) == 8
random.seed(1)
got = (statistics.mean([1, 2, 3]), random.randint(1, 1),
       calendar.monthrange(2020, 2)[1])
assert got == (2, 1, 29)
