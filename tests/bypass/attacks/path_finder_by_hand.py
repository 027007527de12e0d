# PathFinder finds, a spec makes, a loader executes: no import anywhere.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

spec = PathFinder.find_spec("ctypes")
got = module_from_spec(spec)
spec.loader.exec_module(got)
got.CDLL
