# The importer of built-in modules is used step by step.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
from _frozen_importlib import BuiltinImporter, module_from_spec

spec = BuiltinImporter.find_spec("posix")
got = module_from_spec(spec)
spec.loader.exec_module(got)
