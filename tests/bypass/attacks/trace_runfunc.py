# trace calls a function.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
import importlib
import trace

got = trace.Trace(count=0, trace=0).runfunc(importlib.import_module, "os")
