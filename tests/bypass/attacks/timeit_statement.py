# timeit runs a statement.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import timeit

found = []
timeit.timeit("import os; found.append(os)", number=1,
              globals={"found": found})
got = found[0]
