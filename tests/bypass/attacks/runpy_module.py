# runpy runs the module and gives its namespace.
# SPDX-License-Identifier: Apache-2.0
# stopped by: import
import runpy

got = runpy.run_module("subprocess")
