# A closure imports, and a library calls it.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import functools


@functools.lru_cache(maxsize=None)
def find(name):
    return (lambda: __import__(name))()


got = find("os")
