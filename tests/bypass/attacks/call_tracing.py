# sys calls import_module with tracing on.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import sys

got = sys.call_tracing(importlib.import_module, ("os",))
