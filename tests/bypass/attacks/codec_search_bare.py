# The program looks for a codec, and a bare search function is asked.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import codecs
import functools
import importlib

got = []
bare = functools.partial(
    next, map(got.append, map(importlib.import_module, ["os"])))
codecs.register(bare)
then = ["codec"]
