# SPDX-License-Identifier: Apache-2.0
"""Strings of code that end in some other way than with a plain value: one clear line each."""

import pytest

from sandboxplace import place  # noqa: F401

pytestmark = pytest.mark.workers

GONE = "WorkerDied snippet: the worker is gone"
LATE = "SandboxTimeout snippet: the worker did not answer in time"
NEVER = "ValueError this cannot cross between host and worker: nested too deeply; a value that holds itself never can"
CROSS = "ValueError this cannot cross between host and worker: "

# What the code is, and what the host gets of it: a value, a proxy, or the first line of an exception.
OUTCOMES = [
    ("import sys; sys.exit(3)", "RemoteError SystemExit: 3"),
    ("exit('it went wrong')", "RemoteError SystemExit: it went wrong"),
    ("raise SystemExit({'a': 1})", "RemoteError SystemExit: {'a': 1}"),
    ("import os; os._exit(3)", GONE + ": exit status 3"),
    ("import os; os._exit(0)", GONE),
    ("def f(): f()\nf()", "RecursionError maximum recursion depth exceeded"),
    ("while True: pass", LATE),
    ("while True: print('y' * 1000)", LATE),
    ("'x' * 10 ** 8", CROSS + "too long: 100000005 bytes or more, and `reply` of the profile is 16M"),
    ("b'x' * (20 << 20)", CROSS + "too long: 20971525 bytes or more, and `reply` of the profile is 16M"),
    ("list(range(10 ** 7))", CROSS + "too many values: at most 4194304 cross at once"),
    ("1 << (8 * 262144)", CROSS + "too large an int: at most 256K bytes"),
    ("x = []\nx.append(x)\nx", NEVER),
    ("x = {}\nx['a'] = [x]\nx", NEVER),
    ("x = ()\nfor _ in range(10 ** 5): x = (x,)\nx", NEVER),
    ("len(b'x' * 10 ** 7)", "10000000"),
    ("b'x' * 3", "b'xxx'"),
    ("float('nan')", "nan"),
    ("-0.0", "-0.0"),
    ("10 ** 30", "1" + "0" * 30),
    ("(i for i in range(3))", "<generator object in the worker of snippet>"),
    ("lambda x: x", "<function <lambda> in the worker of snippet>"),
    ("import json\njson", "<module object in the worker of snippet>"),
    ("print", "<function print in the worker of snippet>"),
    ("int", "<class int in the worker of snippet>"),
    ("import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass P:\n    x: int = 1\n{P()}",
     "{P(x=1)}"),
    ("import collections\n[collections.Counter('aab')]", "[Counter({'a': 2, 'b': 1})]"),
    ("class P: pass\n[P()]", "[<P object in the worker of snippet>]"),
    ("raise ValueError", "ValueError "),
    ("result = 5\nraise KeyError('late')", "KeyError 'late'"),
    ("bytearray(10 ** 12)", "MemoryError "),
    ("import decimal\ndecimal.Decimal('1e999999')",
     "ValueError this Decimal is too long to cross between host and worker: take its str()"),
]


def test_each_is_one_clear_line(place):
    done = place.install("""
        for source, told in %r:
            with _guard.sandbox("agent") as box:
                try:
                    got = repr(box.run(source, timeout=2 if "while" in source else 60).value)
                except Exception as error:
                    got = type(error).__name__ + " " + (str(error).splitlines() or [""])[0]
                    result = getattr(error, "result", None) or error.__cause__.result
                    if result.value is not None or result.usage.wall <= 0:
                        print(source, "has", result)
                # some kernels tell the end of a process to root alone
                if got.startswith(%r):
                    got = told if told.startswith(%r) and (got == %r or ": exit status" in got) else got
                if got != told and not (told.startswith("MemoryError") and got.startswith(told)):
                    print(source, "gives", got)
    """ % (OUTCOMES, GONE, GONE, GONE))
    assert (done.out, done.code) == ("", 0), (done.out, done.err)


def test_what_it_printed_before_is_there(place):
    done = place.install("""
        for end in "import os; os._exit(3)", "while True: pass", "def f(): f()\\nf()", "import sys; sys.exit(1)", "x = []; x.append(x); x":
            with _guard.sandbox("agent") as box:
                try:
                    box.run("print('begun')\\n" + end, timeout=3)
                except Exception as error:
                    print((getattr(error, "result", None) or error.__cause__.result).output, end="")
    """)
    assert done.out == "begun\n" * 5, (done.out, done.err)
