# SPDX-License-Identifier: Apache-2.0
"""Sums, by a database in memory."""

import sqlite3


def run(sales):
    database = sqlite3.connect(":memory:")
    database.execute("create table sales (region text, amount integer)")
    database.executemany("insert into sales values (?, ?)", sales)
    rows = database.execute(
        "select region, sum(amount) from sales group by region order by region"
    )
    return ", ".join("%s %d" % row for row in rows)
