# importlib finds a loader, and it loads.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib
import sys
import warnings

warnings.simplefilter("ignore")
sys.modules.pop("socket", None)
got = importlib.find_loader("socket").load_module("socket")
