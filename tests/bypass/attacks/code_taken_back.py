# The code of a loader's function puts the old one back while it runs.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import sys

sys.modules.pop("colorsys", None)


def get_code(self, name):
    SourceLoader.get_code.__code__ = SourceLoader.saved
    del SourceLoader.saved
    return compile("import os as got", "x", "exec")


external.SourceLoader.saved = external.SourceLoader.get_code.__code__
external.SourceLoader.get_code.__code__ = get_code.__code__
import colorsys
got = colorsys.got
