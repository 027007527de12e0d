# An executor's threads begin with a function, and import for their tasks.
# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import importlib

began = []


def begin(name):
    began.append(importlib.import_module(name))


def work(number):
    import fractions
    return fractions.Fraction(number, 2)


with concurrent.futures.ThreadPoolExecutor(
        2, initializer=begin, initargs=("colorsys",)) as pool:
    got = [float(value) for value in pool.map(work, range(3))]
    names = [module.__name__ for module in pool.map(
        importlib.import_module, ["bisect", "heapq"])]
assert got == [0.0, 0.5, 1.0] and names == ["bisect", "heapq"] and began
