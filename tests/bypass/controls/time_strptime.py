# time parses a date.
# SPDX-License-Identifier: Apache-2.0
import calendar
import time

got = time.strptime("2020", "%Y").tm_year
assert got == 2020 and calendar.isleap(got)
