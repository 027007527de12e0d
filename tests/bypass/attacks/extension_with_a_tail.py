# An extension is copied with a byte behind it, under a name of its own.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib.machinery as machinery
import importlib.util
import pathlib
import sys
import tempfile

spec = machinery.PathFinder.find_spec("_posixsubprocess") \
    or machinery.PathFinder.find_spec("_socket")
name = spec.name
path = pathlib.Path(tempfile.mkdtemp()) / pathlib.Path(spec.origin).name
path.write_bytes(pathlib.Path(spec.origin).read_bytes() + b"\0")
loader = machinery.ExtensionFileLoader("mine." + name, str(path))
made = importlib.util.module_from_spec(machinery.ModuleSpec(
    "mine." + name, loader, origin=str(path)))
loader.exec_module(made)
got = made
