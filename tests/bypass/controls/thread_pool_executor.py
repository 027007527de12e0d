# An executor calls functions in threads.
# SPDX-License-Identifier: Apache-2.0
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(2) as pool:
    assert list(pool.map(int, ["1", "2"])) == [1, 2]
    got = pool.submit(lambda: 3).result()
assert got == 3
