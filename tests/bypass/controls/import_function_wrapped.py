# A wrapper around __import__ counts imports.
# SPDX-License-Identifier: Apache-2.0
import builtins

seen = []
original = builtins.__import__


def counting(name, *args, **kwargs):
    seen.append(name)
    return original(name, *args, **kwargs)


builtins.__import__ = counting
try:
    import colorsys
    from json import decoder
finally:
    builtins.__import__ = original
got = seen[:2]
assert "colorsys" in seen and "json" in seen
