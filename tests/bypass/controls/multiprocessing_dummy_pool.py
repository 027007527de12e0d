# multiprocessing.dummy maps over threads.
# SPDX-License-Identifier: Apache-2.0
from multiprocessing.dummy import Pool

with Pool(2) as pool:
    got = pool.map(len, ["a", "bb"])
assert got == [1, 2]
