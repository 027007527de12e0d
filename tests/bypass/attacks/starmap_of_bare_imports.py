# itertools calls import_module when the next one is wanted.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import itertools

got = next(itertools.starmap(importlib.import_module, [("os",)]))
