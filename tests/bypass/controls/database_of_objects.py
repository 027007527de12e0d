# shelve, dbm and sqlite3 keep what Python has.
# SPDX-License-Identifier: Apache-2.0
import datetime
import dbm
import dbm.dumb
import decimal
import json
import shelve
import sqlite3
import tempfile

folder = tempfile.mkdtemp()
with shelve.Shelf(dbm.dumb.open(folder + "/shelf")) as shelf:
    shelf["a"] = {"when": datetime.date(2020, 1, 1)}
    kept = shelf["a"]["when"].year
sqlite3.register_adapter(decimal.Decimal, str)
sqlite3.register_converter("decimal", lambda b: decimal.Decimal(b.decode()))
base = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES)
base.create_function("twice", 1, lambda x: __import__("json").dumps([x, x]))


class Most:
    def __init__(self):
        self.values = []

    def step(self, x):
        self.values.append(x)

    def finalize(self):
        import statistics
        return statistics.median(self.values)


base.create_aggregate("most", 1, Most)
base.create_collation("back", lambda a, b: (a < b) - (a > b))
base.row_factory = sqlite3.Row
base.set_trace_callback(lambda text: None)
base.execute("create table t (a decimal)")
base.executemany("insert into t values (?)", [(decimal.Decimal(i),)
                                              for i in range(5)])
got = (kept, base.execute("select twice(1) x").fetchone()["x"],
       base.execute("select most(a) x from t").fetchone()["x"],
       base.execute("select a from t order by a collate back").fetchone()[0])
assert got[:3] == (2020, "[1, 1]", 2.0)
