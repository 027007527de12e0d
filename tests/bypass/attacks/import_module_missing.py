# importlib.import_module loads a module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib
got = importlib.import_module("socket")
