# The importer of frozen modules is used step by step.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
from _frozen_importlib import FrozenImporter, module_from_spec

spec = FrozenImporter.find_spec("os")
got = module_from_spec(spec)
spec.loader.exec_module(got)
