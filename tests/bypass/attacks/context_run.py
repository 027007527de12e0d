# A context of contextvars runs import_module.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import contextvars
import importlib

got = contextvars.copy_context().run(importlib.import_module, "os")
