# SPDX-License-Identifier: Apache-2.0
"""Code as models write it: numbers. {title: (source, inputs, value)}"""

SNIPPETS = {
    "the usual statistics of a list": ("""
import statistics

data = [23, 29, 31, 31, 35, 40, 41, 58]
result = {
    "mean": statistics.mean(data),
    "median": statistics.median(data),
    "mode": statistics.mode(data),
    "stdev": round(statistics.stdev(data), 3),
    "quantiles": statistics.quantiles(data, n=4),
}
""", None, {"mean": 36, "median": 33.0, "mode": 31, "stdev": 10.65,
            "quantiles": [29.5, 33.0, 40.75]}),

    "outliers by the interquartile range": ("""
def find_outliers(values):
    ordered = sorted(values)
    def percentile(p):
        k = (len(ordered) - 1) * p
        lower = int(k)
        upper = min(lower + 1, len(ordered) - 1)
        return ordered[lower] + (ordered[upper] - ordered[lower]) * (k - lower)
    q1, q3 = percentile(0.25), percentile(0.75)
    spread = q3 - q1
    return [v for v in values if v < q1 - 1.5 * spread or v > q3 + 1.5 * spread]

find_outliers(readings)
""", {"readings": [10, 12, 11, 13, 12, 95, 11, -40]}, [95, -40]),

    "a moving average": ("""
from collections import deque

def moving_average(values, window):
    queue = deque(maxlen=window)
    averages = []
    for value in values:
        queue.append(value)
        if len(queue) == window:
            averages.append(sum(queue) / window)
    return averages

moving_average([1, 2, 3, 4, 5, 6], 3)
""", None, [2.0, 3.0, 4.0, 5.0]),

    "a line through points": ("""
xs, ys = zip(*points)
n = len(points)
mean_x, mean_y = sum(xs) / n, sum(ys) / n
slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x in xs)
intercept = mean_y - slope * mean_x
print(f"y = {slope:.2f}x + {intercept:.2f}")
result = (round(slope, 6), round(intercept, 6))
""", {"points": [(1, 3.1), (2, 4.9), (3, 7.2), (4, 8.8)]}, (1.94, 1.15)),

    "the correlation of two columns": ("""
import math

def pearson(a, b):
    n = len(a)
    ma, mb = math.fsum(a) / n, math.fsum(b) / n
    cov = math.fsum((x - ma) * (y - mb) for x, y in zip(a, b))
    return cov / math.sqrt(math.fsum((x - ma) ** 2 for x in a) * math.fsum((y - mb) ** 2 for y in b))

round(pearson([1, 2, 3, 4, 5], [2, 4, 6, 8, 10]), 9)
""", None, 1.0),

    "money in decimals": ("""
from decimal import Decimal, ROUND_HALF_UP

prices = ["19.99", "5.01", "0.10"]
net = sum(Decimal(p) for p in prices)
tax = (net * Decimal("0.19")).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
result = {"net": str(net), "tax": str(tax), "gross": str(net + tax)}
""", None, {"net": "25.10", "tax": "4.77", "gross": "29.87"}),

    "exact fractions": ("""
from fractions import Fraction

total = Fraction(1, 3) + Fraction(1, 6) + Fraction(3, 4)
result = (str(total), total.numerator, total.denominator, float(total.limit_denominator(10)))
""", None, ("5/4", 5, 4, 1.25)),

    "compound interest by year": ("""
principal, rate, years = 1000, 0.05, 5
balances = []
for year in range(1, years + 1):
    principal *= 1 + rate
    balances.append((year, round(principal, 2)))
for year, balance in balances:
    print(f"Year {year}: ${balance:,.2f}")
balances[-1]
""", None, (5, 1276.28)),

    "primes by the sieve": ("""
def sieve(limit):
    is_prime = [True] * (limit + 1)
    is_prime[0:2] = [False, False]
    for number in range(2, int(limit ** 0.5) + 1):
        if is_prime[number]:
            is_prime[number * number::number] = [False] * len(is_prime[number * number::number])
    return [n for n, prime in enumerate(is_prime) if prime]

primes = sieve(100)
print(len(primes), "primes")
primes[-5:]
""", None, [73, 79, 83, 89, 97]),

    "numbers beyond 64 bits": ("""
import math
result = {"factorial": math.factorial(30), "gcd": math.gcd(2 ** 80, 6 ** 40), "power": pow(7, 10 ** 18, 10 ** 9 + 7)}
""", None, {"factorial": 265252859812191058636308480000000, "gcd": 1099511627776,
            "power": pow(7, 10 ** 18, 10 ** 9 + 7)}),

    "a matrix product without numpy": ("""
def matmul(a, b):
    return [[sum(x * y for x, y in zip(row, column)) for column in zip(*b)] for row in a]

matmul([[1, 2], [3, 4]], [[5, 6], [7, 8]])
""", None, [[19, 22], [43, 50]]),

    "a simulation with a seed": ("""
import random

rng = random.Random(42)
inside = sum(1 for _ in range(20000) if rng.random() ** 2 + rng.random() ** 2 <= 1)
pi = 4 * inside / 20000
result = 3.1 < pi < 3.2
""", None, True),
}
