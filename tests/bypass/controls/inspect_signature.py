# inspect reads a signature.
# SPDX-License-Identifier: Apache-2.0
import inspect

got = str(inspect.signature(lambda a, b=1: 1))
assert got == "(a, b=1)"
