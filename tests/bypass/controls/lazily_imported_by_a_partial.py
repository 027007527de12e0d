# A partial of import_module is kept and called later.
# SPDX-License-Identifier: Apache-2.0
import collections
import functools
import importlib

makers = {name: functools.partial(importlib.import_module, name)
          for name in ("colorsys", "textwrap")}
lazily = collections.defaultdict(makers["textwrap"])


def use():
    return makers["colorsys"]().rgb_to_hsv(0, 0, 0), lazily["x"].dedent(" a")


got = use()
assert got == ((0.0, 0.0, 0), "a")
