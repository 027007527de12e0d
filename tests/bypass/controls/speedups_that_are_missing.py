# A package does without the extension that would make it fast.
# SPDX-License-Identifier: Apache-2.0
try:
    from _honest_speedups import scan
except ImportError:
    def scan(text):
        import re
        return re.findall(r"\w+", text)
try:
    import tomllib as toml
except ModuleNotFoundError as error:
    assert error.name == "tomllib"
    toml = None
try:
    import ctypes
except ImportError:
    ctypes = None
got = scan("one two")
assert got == ["one", "two"]
