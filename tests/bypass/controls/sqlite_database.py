# sqlite3 makes a table with a function in Python.
# SPDX-License-Identifier: Apache-2.0
import sqlite3

connection = sqlite3.connect(":memory:")
connection.create_function("twice", 1, lambda value: value * 2)
connection.execute("create table t (a)")
connection.executemany("insert into t values (?)", [(1,), (2,)])
got = connection.execute("select sum(twice(a)) from t").fetchone()[0]
connection.close()
assert got == 6
