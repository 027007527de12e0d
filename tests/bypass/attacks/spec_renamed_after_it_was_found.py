# A spec is found under an allowed name and renamed before it is loaded.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib.util
from importlib.machinery import BuiltinImporter

spec = importlib.util.spec_from_loader("errno", BuiltinImporter)
spec.name = "posix"
got = importlib.util.module_from_spec(spec)
spec.loader.exec_module(got)
