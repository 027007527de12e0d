# concurrent.futures has processes that compute.
# SPDX-License-Identifier: Apache-2.0
# does: process
import concurrent.futures
import multiprocessing

with concurrent.futures.ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("fork")) as pool:
    got = list(pool.map(abs, [-3, 4]))
assert got == [3, 4]
