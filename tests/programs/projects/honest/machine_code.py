# SPDX-License-Identifier: Apache-2.0
import ctypes
import sqlite3

print(ctypes.CDLL(None).abs(-3))
with sqlite3.connect(":memory:") as base:
    print(base.execute("select 1+1").fetchone())
