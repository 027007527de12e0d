# timeit, cProfile and tracemalloc measure.
# SPDX-License-Identifier: Apache-2.0
# does: introspection
import cProfile
import io
import pstats
import timeit
import tracemalloc

assert timeit.timeit("json.loads('1')", "import json", number=2) >= 0
profile = cProfile.Profile()
profile.runcall(sorted, [2, 1])
pstats.Stats(profile, stream=io.StringIO()).print_stats()
tracemalloc.start()
got = len(tracemalloc.take_snapshot().statistics("lineno")) >= 0
tracemalloc.stop()
assert got
