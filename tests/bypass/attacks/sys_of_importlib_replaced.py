# importlib is set up once more, with another sys.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap as bootstrap
import sys
import types

import colorsys
real = bootstrap.sys


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "harmless":
            return bootstrap.BuiltinImporter.find_spec("posix")


fake = types.SimpleNamespace(**vars(real))
fake.modules = {}
fake.meta_path = [Finder]
try:
    bootstrap.sys = fake
    got = bootstrap._find_and_load("harmless", bootstrap._gcd_import)
finally:
    bootstrap.sys = real
