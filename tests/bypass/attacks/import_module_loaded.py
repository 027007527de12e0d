# importlib.import_module gives a module that is loaded already.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import importlib
got = importlib.import_module("os")
