# csv and sqlite3 read tables.
# SPDX-License-Identifier: Apache-2.0
import csv
import sqlite3

assert next(csv.reader(["a,b"])) == ["a", "b"]
connection = sqlite3.connect(":memory:")
got = connection.execute("select 1").fetchone()
connection.close()
assert got == (1,)
