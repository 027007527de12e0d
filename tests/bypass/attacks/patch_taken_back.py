# A replaced function of importlib replaces itself by the old one.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib._bootstrap_external as external
import sys

sys.modules.pop("colorsys", None)
evil = compile("import os as got", "x", "exec")
saved = external._compile_bytecode


def once(*args, **kwargs):
    external._compile_bytecode = saved
    return evil


external._compile_bytecode = once
import colorsys
external._compile_bytecode = saved
got = colorsys.got
