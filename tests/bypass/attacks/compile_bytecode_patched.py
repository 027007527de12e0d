# A function that importlib calls to read compiled files is replaced.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import sys

sys.modules.pop("colorsys", None)
evil = compile("import os as got", "x", "exec")
saved = external._compile_bytecode, external.SourceLoader.source_to_code
external._compile_bytecode = lambda *args, **kwargs: evil
external.SourceLoader.source_to_code = lambda *args, **kwargs: evil
try:
    import colorsys
finally:
    external._compile_bytecode = saved[0]
    external.SourceLoader.source_to_code = saved[1]
got = colorsys.got
