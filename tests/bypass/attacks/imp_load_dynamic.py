# The old imp loads an extension by its path.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import importlib.machinery
import warnings

warnings.simplefilter("ignore")
import imp

spec = importlib.machinery.PathFinder.find_spec("_socket")
got = imp.load_dynamic("_socket", spec.origin)
