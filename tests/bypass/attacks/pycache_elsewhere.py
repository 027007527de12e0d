# The compiled file of a library comes from a folder of the plugin's.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib.machinery
import importlib.util
import marshal
import sys
import tempfile

spec = importlib.machinery.PathFinder.find_spec("colorsys")
sys.modules.pop("colorsys", None)
sys.pycache_prefix = tempfile.mkdtemp()
cached = importlib.util.cache_from_source(spec.origin)
sys.modules["os"].makedirs(cached.rpartition("/")[0])
code = compile("import os as got", spec.origin, "exec")
with open(cached, "wb") as file:
    file.write(importlib.util.MAGIC_NUMBER + b"\1\0\0\0" + b"\0" * 8
               + marshal.dumps(code))
import colorsys
got = colorsys.got
