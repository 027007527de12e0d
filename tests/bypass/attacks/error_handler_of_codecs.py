# A codec asks a bare callable what to do with a letter that it does not know.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import codecs
import collections
import functools
import importlib

got = []
codecs.register_error("bare", collections.defaultdict(functools.partial(
    got.extend, map(importlib.import_module, ["os"]))).__getitem__)
try:
    "\xe9".encode("ascii", "bare")
except TypeError:
    pass
