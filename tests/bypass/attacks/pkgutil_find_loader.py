# pkgutil finds a loader, and it loads.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import pkgutil
import warnings

warnings.simplefilter("ignore")
got = pkgutil.find_loader("socket").load_module("socket")
