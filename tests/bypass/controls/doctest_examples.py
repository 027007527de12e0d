# doctest runs the examples of a text.
# SPDX-License-Identifier: Apache-2.0
import doctest

test = doctest.DocTestParser().get_doctest(
    ">>> import string\n>>> string.digits[:2]\n'01'\n", {}, "x", None, 0)
runner = doctest.DocTestRunner(verbose=False)
got = runner.run(test)
assert (got.failed, got.attempted) == (0, 2)
