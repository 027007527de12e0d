# multiprocessing forks a process that answers.
# SPDX-License-Identifier: Apache-2.0
# does: process
import multiprocessing

context = multiprocessing.get_context("fork")
with context.Pool(1) as pool:
    got = pool.map(abs, [-1, -2])
assert got == [1, 2]
