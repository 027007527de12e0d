# A profiler runs a statement.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import cProfile

found = []
cProfile.Profile().runctx("import os; found.append(os)", {"found": found},
                          {})
got = found[0]
