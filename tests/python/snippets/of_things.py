# SPDX-License-Identifier: Apache-2.0
"""Code as models write it: dates, classes, collections, algorithms."""

SNIPPETS = {
    "days between two dates": ("""
from datetime import date, datetime, timedelta

start = datetime.strptime("2024-02-27", "%Y-%m-%d").date()
end = date(2024, 3, 2)
days = [(start + timedelta(days=i)).isoformat() for i in range((end - start).days)]
print(f"{(end - start).days} days")
days
""", None, ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"]),

    "business days of a month": ("""
import calendar
from datetime import date

result = sum(1 for day in range(1, calendar.monthrange(2024, 2)[1] + 1)
             if date(2024, 2, day).weekday() < 5)
""", None, 21),

    "times in zones": ("""
from datetime import datetime, timedelta, timezone

when = datetime(2024, 1, 1, 12, 0, tzinfo=timezone.utc)
there = when.astimezone(timezone(timedelta(hours=-5), "EST"))
result = (there.isoformat(), there.strftime("%A %d %B %Y, %H:%M %Z"), when.timestamp())
""", None, ("2024-01-01T07:00:00-05:00", "Monday 01 January 2024, 07:00 EST", 1704110400.0)),

    "what time it is": ("""
import time
from datetime import datetime, timezone

now = datetime.now(timezone.utc)
began = time.perf_counter()
result = now.year >= 2024 and time.time() > 1.7e9 and time.perf_counter() >= began
""", None, True),

    "a dataclass with methods": ("""
from dataclasses import asdict, dataclass, field
from typing import List

@dataclass(order=True)
class Employee:
    name: str
    salary: float
    skills: List[str] = field(default_factory=list)

    def raise_by(self, percent):
        self.salary *= 1 + percent / 100
        return self

staff = [Employee("Ann", 100.0, ["c"]), Employee("Bob", 80.0)]
for person in staff:
    person.raise_by(10)
print(max(staff, key=lambda p: p.salary))
[asdict(p) for p in sorted(staff, key=lambda p: -p.salary)]
""", None, [{"name": "Ann", "salary": 110.00000000000001, "skills": ["c"]},
            {"name": "Bob", "salary": 88.0, "skills": []}]),

    "an enum and a match of it": ("""
from enum import Enum, auto

class Color(Enum):
    RED = auto()
    GREEN = auto()

result = [(c.name, c.value) for c in Color] + [Color["RED"] is Color(1)]
""", None, [("RED", 1), ("GREEN", 2), True]),

    "named tuples grouped": ("""
from collections import defaultdict, namedtuple

Sale = namedtuple("Sale", "region amount")
sales = [Sale("north", 10), Sale("south", 5), Sale("north", 7)]
by_region = defaultdict(list)
for sale in sales:
    by_region[sale.region].append(sale.amount)
{region: sum(amounts) for region, amounts in by_region.items()}
""", None, {"north": 17, "south": 5}),

    "itertools over groups and pairs": ("""
from itertools import accumulate, chain, combinations, groupby, islice, product

data = sorted(["ape", "bee", "ant", "bat", "cow"], key=lambda w: w[0])
groups = {key: list(values) for key, values in groupby(data, key=lambda w: w[0])}
result = (groups, list(accumulate([1, 2, 3])), list(islice(chain("ab", "cd"), 3)),
          len(list(combinations(range(5), 2))), list(product("x", [1, 2])))
""", None, ({"a": ["ape", "ant"], "b": ["bee", "bat"], "c": ["cow"]}, [1, 3, 6],
            ["a", "b", "c"], 10, [("x", 1), ("x", 2)])),

    "a memo by lru_cache": ("""
from functools import lru_cache, reduce

@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)

result = (fib(90), fib.cache_info().misses, reduce(lambda a, b: a * b, range(1, 6)))
""", None, (2880067194370816120, 91, 120)),

    "the shortest path by heap": ("""
import heapq

def dijkstra(graph, start):
    distances = {node: float("inf") for node in graph}
    distances[start] = 0
    queue = [(0, start)]
    while queue:
        distance, node = heapq.heappop(queue)
        if distance > distances[node]:
            continue
        for neighbor, weight in graph[node].items():
            candidate = distance + weight
            if candidate < distances[neighbor]:
                distances[neighbor] = candidate
                heapq.heappush(queue, (candidate, neighbor))
    return distances

dijkstra(graph, "a")
""", {"graph": {"a": {"b": 7, "c": 3}, "b": {"d": 2}, "c": {"b": 1, "d": 8}, "d": {}}},
        {"a": 0, "b": 4, "c": 3, "d": 6}),

    "a search by bisect": ("""
import bisect
grades = [bisect.bisect([60, 70, 80, 90], score) for score in (33, 99, 77, 70, 89)]
"".join("FDCBA"[g] for g in grades)
""", None, "FACCB"),

    "breadth first over a grid": ("""
from collections import deque

grid = ["S.#", "..#", "#.E"]
start, goal = (0, 0), (2, 2)
queue, seen = deque([(start, 0)]), {start}
while queue:
    (row, col), steps = queue.popleft()
    if (row, col) == goal:
        break
    for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        r, c = row + dr, col + dc
        if 0 <= r < 3 and 0 <= c < 3 and grid[r][c] != "#" and (r, c) not in seen:
            seen.add((r, c))
            queue.append(((r, c), steps + 1))
else:
    steps = None
steps
""", None, 4),

    "permutations by recursion": ("""
def permute(items):
    if not items:
        yield []
    for i, item in enumerate(items):
        for rest in permute(items[:i] + items[i + 1:]):
            yield [item] + rest

found = list(permute([1, 2, 3]))
len(found), found[-1]
""", None, (6, [3, 2, 1])),

    "an expression parsed and computed": ("""
import ast, operator

OPS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
       ast.Div: operator.truediv, ast.Pow: operator.pow, ast.USub: operator.neg}

def evaluate(node):
    if isinstance(node, ast.Expression):
        return evaluate(node.body)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.BinOp):
        return OPS[type(node.op)](evaluate(node.left), evaluate(node.right))
    if isinstance(node, ast.UnaryOp):
        return OPS[type(node.op)](evaluate(node.operand))
    raise ValueError(f"unsupported: {ast.dump(node)}")

evaluate(ast.parse("2 * (3 + 4) ** 2 - -1", mode="eval"))
""", None, 99),

    "an unfamiliar error caught": ("""
class ValidationError(ValueError):
    pass

def check(age):
    if not 0 <= age <= 150:
        raise ValidationError(f"age {age} is out of range")
    return age

outcomes = []
for age in (30, -1):
    try:
        outcomes.append(check(age))
    except ValidationError as error:
        outcomes.append(str(error))
    finally:
        print("checked", age)
outcomes
""", None, [30, "age -1 is out of range"]),

    "a context manager of its own": ("""
from contextlib import contextmanager, suppress

log = []

@contextmanager
def step(name):
    log.append("begin " + name)
    try:
        yield name.upper()
    finally:
        log.append("end " + name)

with suppress(KeyError):
    with step("load") as loud:
        log.append(loud)
        raise KeyError("gone")
log
""", None, ["begin load", "LOAD", "end load"]),

    "a coroutine driven by hand": ("""
async def fetch(n):
    return n * 2

async def main():
    return [await fetch(n) for n in range(3)]

coroutine = main()
try:
    coroutine.send(None)
except StopIteration as stop:
    result = stop.value
""", None, [0, 2, 4]),

    "a copy that is deep": ("""
import copy
original = {"rows": [[1, 2], [3]]}
shallow, deep = dict(original), copy.deepcopy(original)
original["rows"][0].append(9)
(shallow["rows"][0], deep["rows"][0])
""", None, ([1, 2, 9], [1, 2])),

    "types told apart": ("""
from typing import Optional, Union
from abc import ABC, abstractmethod

class Shape(ABC):
    @abstractmethod
    def area(self) -> float: ...

class Square(Shape):
    def __init__(self, side: Union[int, float]) -> None:
        self.side = side
    def area(self) -> float:
        return self.side ** 2

try:
    Shape()
except TypeError as error:
    failed = "abstract" in str(error)
shape: Optional[Shape] = Square(3)
(failed, shape.area(), isinstance(shape, Shape))
""", None, (True, 9, True)),

    "unique ids that repeat": ("""
import uuid
first = uuid.uuid5(uuid.NAMESPACE_DNS, "example.com")
result = (str(first), uuid.UUID(str(first)) == first, uuid.uuid4() != uuid.uuid4())
""", None, ("cfbff0d1-9375-5685-968c-48ce8b15ae17", True, True)),
}
