# The helper of tests imports, and fresh.
# SPDX-License-Identifier: Apache-2.0
# stopped by: importers
try:
    from test.support.import_helper import import_fresh_module, import_module
except ImportError:
    from test.support import import_fresh_module, import_module

got = import_fresh_module("os") or import_module("os")
