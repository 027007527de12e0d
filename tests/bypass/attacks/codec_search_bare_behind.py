# The function behind codecs.register is given a bare search function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import _codecs
import functools
import importlib

got = []
bare = functools.partial(
    next, map(got.append, map(importlib.import_module, ["os"])))
_codecs.register(bare)
then = ["codec"]
