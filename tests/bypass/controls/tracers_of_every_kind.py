# cProfile, profile, trace and tracemalloc watch code that imports.
# SPDX-License-Identifier: Apache-2.0
# does: introspection
import cProfile
import io
import profile
import pstats
import trace
import tracemalloc


def work():
    import colorsys
    import textwrap
    return textwrap.dedent(" x")


tracemalloc.start()
one = cProfile.Profile()
one.runcall(work)
text = io.StringIO()
pstats.Stats(one, stream=text).sort_stats("cumulative").print_stats(3)
two = profile.Profile()
two.runcall(work)
three = trace.Trace(count=1, trace=0)
three.runfunc(work)
tracemalloc.take_snapshot().statistics("lineno")
tracemalloc.stop()
got = len(three.results().counts) > 0 and "function calls" in text.getvalue()
assert got
