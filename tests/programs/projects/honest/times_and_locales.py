# SPDX-License-Identifier: Apache-2.0
import datetime
import locale
import time

print(time.strptime("2020", "%Y").tm_year)
print(datetime.datetime.strptime("03/02/20", "%d/%m/%y"))
print(locale.setlocale(locale.LC_ALL, "C"))
print(datetime.datetime(2020, 1, 1).strftime("%A"))
