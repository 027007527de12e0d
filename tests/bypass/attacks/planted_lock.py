# The lock of a module that the host will import is one that C code gives.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import functools
import importlib._bootstrap as bootstrap

got = []
bootstrap._module_locks["asyncio"] = functools.partial(
    got.extend, map(__import__, ["socket"]))


def meet(*args):
    pass
