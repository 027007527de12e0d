# The program collects garbage, and the collector calls a bare callable.
# SPDX-License-Identifier: Apache-2.0
# stopped by: worker
import functools
import gc
import importlib
import io

got = []


class Text:
    __str__ = functools.partial(
        got.extend, map(importlib.import_module, ["os"]))


gc.callbacks.append(functools.partial(
    print, Text(), file=io.StringIO()))
