# The program has a letter that no codec knows, and a bare handler is asked.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import codecs
import functools
import importlib

got = []
bare = functools.partial(
    next, map(got.append, map(importlib.import_module, ["os"])))
codecs.register_error("harmless", bare)
then = ["error"]
