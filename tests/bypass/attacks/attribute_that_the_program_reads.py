# The program reads an attribute, and a bare callable answers.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import collections
import functools
import importlib

# the program reads `got`
__getattr__ = collections.defaultdict(
    functools.partial(importlib.import_module, "os")).__getitem__
