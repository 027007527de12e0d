# The old imp finds and loads.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import warnings

warnings.simplefilter("ignore")
import imp

got = imp.load_module("socket", *imp.find_module("socket"))
