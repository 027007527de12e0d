# doctest runs an example.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import doctest

found = []
doctest.run_docstring_examples(
    ">>> import os as got\n>>> found.append(got)\n", {"found": found})
got = found[0]
