# The importer of built-in modules loads what is loaded already.
# SPDX-License-Identifier: Apache-2.0
# stopped by: origin
import warnings
from importlib.machinery import BuiltinImporter

warnings.simplefilter("ignore")
got = BuiltinImporter.load_module("posix")
